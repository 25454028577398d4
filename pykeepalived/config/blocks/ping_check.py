"""``PING_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.schema import block


@block("PING_CHECK")
class PingCheck(Connecting):
    """ICMP echo check."""
