"""``TCP_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.schema import block


@block("TCP_CHECK")
class TcpCheck(Connecting):
    """TCP connect check."""
