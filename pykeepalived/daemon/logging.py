"""The log of every process: keepalived-like lines, or JSON, through structlog.

Every module writes with ``structlog.get_logger()``::

    log.info("(VI_1) Entering MASTER STATE", instance="VI_1", state="MASTER")

The first argument is the whole line as a person reads it; keywords are only for the JSON form.  ``debug`` is
what keepalived shows with -D only, ``info`` is always shown; ``warning`` and ``error`` are graver to syslog.
Nothing here waits for a reader (see :mod:`pykeepalived.daemon.logsinks`); ``attach`` lets a loop finish what
a slow reader left over.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import enum
import json
import os
import stat
import time
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

from pykeepalived.daemon import logfile
from pykeepalived.daemon.logsinks import DescriptorSink, Sink, SyslogSink
from pykeepalived.ipc.messages import Process

LOG_DAEMON = 3
"""Default syslog facility."""

_SYSLOG_SEVERITY = {"debug": 6, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""keepalived sends details (our debug) as LOG_INFO, too."""

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


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

    def write(self, level: str, text: str, fields: MutableMapping[str, Any]) -> None:
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

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        for sink in self.sinks:
            sink.attach(loop)

    def close(self) -> None:
        for sink in self.sinks:
            sink.close()

    def _json(self, now: float, level: str, text: str, fields: MutableMapping[str, Any]) -> str:
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


class _Writer:
    """What structlog calls at the end of its chain: one method per level."""

    def __init__(self, *_: object) -> None:
        for level in _LEVELS:
            setattr(self, level, self._method(level))

    @staticmethod
    def _method(level: str) -> Callable[..., None]:
        def write(text: str, fields: MutableMapping[str, Any]) -> None:
            # The output of the process we are in now: a logger may have been made before a fork.
            if _output is not None:
                _output.write(level, text, fields)

        return write


def _to_arguments(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> tuple[tuple[str, MutableMapping[str, Any]], dict[str, Any]]:
    return (str(event.pop("event", "")), event), {}


_output: Output | None = None


def configure(process: Process, settings: LogSettings) -> Output:
    """Set up the log of this process; called once after each fork."""
    global _output
    if _output is not None:
        _output.close()
    _output = Output(process, settings)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, _to_arguments],
        wrapper_class=structlog.make_filtering_bound_logger(
            _LEVELS["debug"] if settings.detail else _LEVELS["info"]
        ),
        logger_factory=_Writer,
        cache_logger_on_first_use=True,
    )
    return _output


def attach(loop: asyncio.AbstractEventLoop) -> None:
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
