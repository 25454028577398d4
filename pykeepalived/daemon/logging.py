"""The log of every process: keepalived-like lines, or JSON.

Modules write with :mod:`pykeepalived.daemon.log`.
Nothing here waits for a reader (see :mod:`pykeepalived.daemon.logsinks`); ``attach`` lets a loop finish what
a slow reader left over.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pykeepalived.daemon import log, logfile
from pykeepalived.daemon.logsinks import DescriptorSink, Sink, SyslogSink
from pykeepalived.ipc.event_loop import EventLoop
from pykeepalived.ipc.messages import Process

LOG_DAEMON = 3
"""Default syslog facility."""

_SYSLOG_SEVERITY = {"debug": 6, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""keepalived sends details (our debug) as LOG_INFO, too."""


class LogFormat(enum.StrEnum):
    """How a line is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What the command line says about logging.

    ``detail`` counts -D.  ``facility`` is the syslog number (3 daemon, 16 local0).  ``file`` is -g.
    """

    console: bool = False
    syslog: bool = True
    detail: int = 0
    facility: int = LOG_DAEMON
    format: LogFormat = LogFormat.TEXT
    file: str | None = None


class Output:
    """The sinks of this process and the form of a line in each."""

    def __init__(self, process: Process, settings: LogSettings) -> None:
        self.process = process
        self._settings = settings
        self._pid = os.getpid()
        self._second = -1
        self._times = ("", "")
        self._lines: list[Sink] = []
        self._syslog = SyslogSink() if settings.syslog else None
        threaded = process in logfile.THREADED
        if settings.console:
            regular = stat.S_ISREG(os.fstat(1).st_mode)
            self._lines.append(logfile.FileSink(1, threaded=threaded) if regular else DescriptorSink(1))
        if settings.file:
            self._lines.append(logfile.open_log_file(settings.file, process.value, threaded=threaded))

    @property
    def sinks(self) -> list[Sink]:
        return [*self._lines, *([self._syslog] if self._syslog else [])]

    def write(self, level: str, text: str, fields: Mapping[str, Any]) -> None:
        """One line to every sink."""
        now = time.time()
        if "exception" in fields and self._settings.format is LogFormat.TEXT:
            text = f"{text}\n{fields['exception']}"
        if self._settings.format is LogFormat.JSON:
            body = self._json(now, level, text, fields)
            line = body
        else:
            body = text
            line = f"{self._local_time(now)[0]}: {text}"
        for sink in self._lines:
            sink.put(f"{line}\n".encode(errors="replace"))
        if self._syslog is not None:
            self._syslog.prefix = self._syslog_prefix(now, level)
            self._syslog.put(f"{self._syslog.prefix}{body}".encode(errors="replace"))

    def flush(self) -> None:
        for sink in self.sinks:
            sink.flush()

    def attach(self, loop: EventLoop) -> None:
        for sink in self.sinks:
            sink.attach(loop)

    def close(self) -> None:
        for sink in self.sinks:
            sink.close()

    def _json(self, now: float, level: str, text: str, fields: Mapping[str, Any]) -> str:
        import datetime  # a start as plain text does without

        at = datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="microseconds")
        head = {"at": at, "process": self.process.ident, "pid": self._pid, "level": level, "message": text}
        return json.dumps(head | dict(fields), default=str)

    def _syslog_prefix(self, now: float, level: str) -> str:
        priority = self._settings.facility * 8 + _SYSLOG_SEVERITY[level]
        return f"<{priority}>{self._local_time(now)[1]} {self.process.ident}[{self._pid}]: "

    def _local_time(self, now: float) -> tuple[str, str]:
        """Of this second, as a console line and as a syslog line show it.

        Made once a second: the C library looks at /etc/localtime each time it is asked.
        """
        if self._second != int(now):
            self._second = int(now)
            local = time.localtime(now)
            self._times = (
                time.strftime("%a %b %e %H:%M:%S %Y", local),
                time.strftime("%b %e %H:%M:%S", local),
            )
        return self._times


_output: Output | None = None


def configure(process: Process, settings: LogSettings) -> Output:
    """Set up the log of this process; called once after each fork."""
    global _output
    if _output is not None:
        _output.close()
    _output = Output(process, settings)
    log.configure(
        _output.write,
        "debug" if settings.detail else "info",
        plain=settings.format is LogFormat.TEXT,
    )
    return _output


def attach(loop: EventLoop) -> None:
    """Let this process's loop write what a slow reader left over."""
    if _output is not None:
        _output.attach(loop)


@contextlib.contextmanager
def burst() -> Iterator[None]:
    """For thousands of lines at once: they may wait for each other as long as this lasts."""
    sinks = _output.sinks if _output is not None else []
    for sink in sinks:
        sink.held = True
    try:
        yield
    finally:
        for sink in sinks:
            sink.held = False
            sink.flush()


def flush() -> None:
    """Write what readers take now: the last act of a process."""
    if _output is not None:
        _output.flush()
