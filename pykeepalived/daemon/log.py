"""What the modules of the daemon write to::

    log = get_logger()
    log.info("(VI_1) Entering MASTER STATE", instance="VI_1", state="MASTER")

The first argument is the whole line as a person reads it; keywords are only for the JSON form.  ``debug`` is
what keepalived shows with -D only, ``info`` is always shown; ``warning`` and ``error`` are graver to syslog.

Lines go through structlog (:mod:`pykeepalived.daemon.log_rendering`).  Only of a plain line, whose first
argument is all there is to show, nothing is left to be rendered: it goes straight to its sinks.  Importing
structlog, which brings asyncio and ssl, would cost a start more than reading its file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

Sink = Callable[[str, str, dict[str, Any]], None]
"""``(level, text, fields)`` of a line as it is to be written."""

_sink: Sink | None = None
_least = 0
_plain = False


def configure(sink: Sink | None, least: str = "debug", *, plain: bool = False) -> None:
    """Lines of ``least`` or graver go to ``sink`` from now on; None: to structlog as it is set up itself.

    ``plain``: their fields are not shown.
    """
    global _sink, _least, _plain
    _sink, _least, _plain = sink, LEVELS[least], plain


class Logger:
    """One method per level."""

    def debug(self, text: str, /, **fields: Any) -> None:
        _write("debug", text, fields)

    def info(self, text: str, /, **fields: Any) -> None:
        _write("info", text, fields)

    def warning(self, text: str, /, **fields: Any) -> None:
        _write("warning", text, fields)

    def error(self, text: str, /, **fields: Any) -> None:
        _write("error", text, fields)

    def exception(self, text: str, /, **fields: Any) -> None:
        """An error, and the exception that is being handled."""
        _write("error", text, {"exc_info": True, **fields})


_logger = Logger()


def get_logger() -> Logger:
    """The log of whatever process this is."""
    return _logger


def _write(level: str, text: str, fields: dict[str, Any]) -> None:
    if _sink is not None and LEVELS[level] < _least:
        return
    if _sink is not None and _plain and "exc_info" not in fields:
        _sink(level, text, fields)
        return
    from pykeepalived.daemon.log_rendering import render

    render(_sink, level, text, fields)
