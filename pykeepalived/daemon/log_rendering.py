"""Lines of the log with their fields and exceptions, rendered by structlog."""

from __future__ import annotations

import functools
import importlib
import sys
from typing import TYPE_CHECKING, Any

from pykeepalived.daemon.log import LEVELS, Sink

if TYPE_CHECKING:
    import structlog
else:
    # Where rich is installed (it comes with many development tools) structlog imports it for its own console
    # renderer, which doubles the time of the import.
    _companions = {name: sys.modules.get(name) for name in ("rich", "better_exceptions")}
    for _name in _companions:
        sys.modules[_name] = None  # the documented way to say "not there"
    try:
        structlog = importlib.import_module("structlog")
    finally:
        for _name, _module in _companions.items():
            if _module is None:
                del sys.modules[_name]
            else:
                sys.modules[_name] = _module


def render(sink: Sink | None, level: str, text: str, fields: dict[str, Any]) -> None:
    """A line through structlog to ``sink``; None: to where structlog itself is set up to write."""
    logger = structlog.get_logger() if sink is None else _logger(sink)
    getattr(logger, level)(text, **fields)


@functools.lru_cache(maxsize=1)
def _logger(sink: Sink) -> Any:
    return structlog.wrap_logger(
        _Writer(sink),
        processors=[structlog.processors.format_exc_info, _to_arguments],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS["debug"]),
    )


class _Writer:
    """What structlog calls at the end of its chain: one method per level."""

    def __init__(self, sink: Sink) -> None:
        for level in LEVELS:
            setattr(self, level, functools.partial(sink, level))


def _to_arguments(_logger: Any, _name: str, event: Any) -> tuple[tuple[str, dict[str, Any]], dict[str, Any]]:
    return (str(event.pop("event", "")), dict(event)), {}
