"""``TCP_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import close_connecting
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.schema import block


@block("TCP_CHECK", closing=close_connecting)
class TcpCheck(Connecting):
    """TCP connect check."""
