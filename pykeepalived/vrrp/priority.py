"""The router's view of :mod:`pykeepalived.base.priority`."""

from __future__ import annotations

from pykeepalived.base.priority import HIGHEST, LOWEST, effective_priority

__all__ = ["HIGHEST", "LOWEST", "effective_priority"]
