"""``UDP_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import close_udp_check
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.kinds.hexadecimal import HexBytes, HexPatternKind
from pykeepalived.config.kinds.numbers import Uint
from pykeepalived.config.schema import block, keyword
from pykeepalived.config.values import HexPattern


@block("UDP_CHECK", closing=close_udp_check)
class UdpCheck(Connecting):
    """UDP check: port unreachable, optionally a reply."""

    payload: bytes | None = keyword(
        "payload",
        HexBytes(),
        doc="Bytes to send; blanks allowed",
    )
    require_reply: HexPattern | None = keyword(
        "require_reply",
        HexPatternKind(),
        doc="Demand a reply, optionally matching; X is a wildcard digit",
    )
    min_reply_length: int = keyword(
        "min_reply_length",
        Uint(0, 65535, exact=True),
        default=0,
        doc="Shortest good reply",
    )
    max_reply_length: int = keyword(
        "max_reply_length",
        Uint(0, 65535, exact=True),
        default=255,
        doc="Longest good reply",
    )
