"""Sending mails: one at a time, each within a time limit, from a queue that cannot grow without end.

A relay that does not answer costs nothing but its mails: a mail is tried three times, and when more than
``MAX_WAITING`` wait, the oldest goes.  Both are logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.notify.mail import Mail, MailSettings, mailbox, on_the_wire

MAX_WAITING = 100
ATTEMPTS = 3
RETRY_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""For each answer of the relay after the connection stands."""
_LONGEST_ANSWER = 65536

Report = Callable[[str, str], None]
"""``report(level, text)`` writes a line to the log."""


class RefusedError(PykeepalivedError):
    """The relay answered with something that ends the dialogue."""


DELIVERY_ERRORS = (OSError, RefusedError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
"""What :func:`deliver` may raise: no connection or no answer in time, a refusal, half or endless lines."""


class Mailer:
    """A queue of mails and the task that empties it."""

    def __init__(self, report: Report, settings: MailSettings, retry_seconds: float = RETRY_SECONDS) -> None:
        self._report = report
        self.settings = settings
        self._retry_seconds = retry_seconds
        self._waiting: deque[tuple[str, Mail]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def post(self, mail: Mail) -> None:
        """Queue a mail; its date is now."""
        if not self.settings.usable:
            return
        if len(self._waiting) >= MAX_WAITING:
            lost = self._waiting.popleft()[1]
            self._report("warning", f"mail dropped, {MAX_WAITING} are waiting already: {lost.subject}")
        self._waiting.append((time.strftime("%a, %d %b %Y %H:%M:%S %z"), mail))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._empty())

    async def close(self, seconds: float) -> None:
        """Wait so long for what is queued, then give it up."""
        if self._task is None:
            return
        await asyncio.wait([self._task], timeout=seconds)
        if not self._task.done():
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._waiting:
            self._report("warning", f"{len(self._waiting)} mails were not sent before the end")

    async def _empty(self) -> None:
        while self._waiting:
            date, mail = entry = self._waiting[0]
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    await deliver(on_the_wire(mail, self.settings, date), self.settings)
                    break
                except DELIVERY_ERRORS as problem:
                    where = f"{self.settings.host} port {self.settings.port}"
                    reason = str(problem) or type(problem).__name__
                    if attempt == ATTEMPTS:
                        self._report("warning", f"mail not sent through {where}: {reason}: {mail.subject}")
                        break
                    self._report("debug", f"mail not sent through {where} yet: {reason}: {mail.subject}")
                await asyncio.sleep(self._retry_seconds)
            if self._waiting and self._waiting[0] is entry:  # else it was dropped meanwhile
                self._waiting.popleft()


async def deliver(data: bytes, settings: MailSettings) -> None:
    """One dialogue; raises one of DELIVERY_ERRORS."""
    async with asyncio.timeout(settings.connect_timeout_s):
        reader, writer = await asyncio.open_connection(settings.host, settings.port, limit=_LONGEST_ANSWER)
    try:
        await _expect(reader, "the greeting", 220)
        dialogue = [
            (f"HELO {settings.helo}", 250),
            (f"MAIL FROM:<{mailbox(settings.sender)}>", 250),
            *((f"RCPT TO:<{mailbox(one)}>", 250) for one in settings.recipients),
            ("DATA", 354),
        ]
        for command, status in dialogue:
            writer.write(f"{command}\r\n".encode())
            await _expect(reader, command, status)
        writer.write(data)
        await _expect(reader, "the mail", 250)
        writer.write(b"QUIT\r\n")
        with contextlib.suppress(*DELIVERY_ERRORS):
            await _expect(reader, "QUIT", 221)  # accepted already: whatever it says now, the mail is sent
    finally:
        writer.transport.abort()


async def _expect(reader: asyncio.StreamReader, command: str, status: int) -> None:
    """Read one answer, which may have several lines (``250-…``)."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            line = await reader.readuntil(b"\n")
            if line[3:4] != b"-":
                break
    if not line.startswith(str(status).encode()):
        said = line.decode("utf-8", "backslashreplace").strip()
        raise RefusedError(f"{command} was answered with {said!r} instead of {status}")
