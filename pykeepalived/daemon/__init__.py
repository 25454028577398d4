"""Processes, loop, signals: the only executor of actions."""

from __future__ import annotations

import importlib
import sys


def _import_structlog() -> None:
    """Import structlog without its optional, unused companions.

    Where rich is installed (it comes with many development tools) structlog imports it for its own console
    renderer, which doubles the time of the import and with it a good part of a cold start.
    """
    hidden = {name: sys.modules.get(name) for name in ("rich", "better_exceptions")}
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the documented way to say "not there"
    try:
        importlib.import_module("structlog")
    finally:
        for name, module in hidden.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


if "structlog" not in sys.modules:
    _import_structlog()
