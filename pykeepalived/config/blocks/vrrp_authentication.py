"""``authentication { … }`` and ``auth_hmac { … }`` of a vrrp_instance."""

from __future__ import annotations

from pykeepalived.config.actions.vrrp import hmac_file
from pykeepalived.config.kinds.numbers import Uint
from pykeepalived.config.kinds.text import Choice, Text
from pykeepalived.config.kinds.vrrp import HmacKeyKind
from pykeepalived.config.schema import Bound, block, keyword, many
from pykeepalived.config.values import HmacKey


@block("authentication")
class Authentication(Bound):
    """VRRPv2 authentication; dropped with an error for version 3 and in strict mode."""

    auth_type: str | None = keyword(
        "auth_type",
        Choice("PASS", "AH"),
        requires="VRRP_AUTH",
        doc="Kind of authentication; AH not for IPv6",
    )
    auth_pass: str | None = keyword(
        "auth_pass",
        Text(max_length=8, cut=True),
        requires="VRRP_AUTH",
        doc="Shared secret; longer is cut to 8 with an error; one word, only double quotes group",
    )


@block("auth_hmac")
class AuthHmac(Bound):
    """HMAC-SHA256 trailer on adverts, an extension of keepalived; excludes authentication."""

    key: tuple[HmacKey, ...] = many(
        "key",
        HmacKeyKind(),
        requires="VRRP_AUTH",
        handler=hmac_file,
        doc=(
            "Key 32..64 bytes: plain text, hex:DIGITS or file:PATH (file mode wider than owner = security "
            "class)"
        ),
    )
    active_key: int | None = keyword(
        "active_key",
        Uint(1, 255, exact=True),
        requires="VRRP_AUTH",
        doc="Id of the sending key; undefined id disables the extension with an error",
    )
    time_window: int | None = keyword(
        "time_window",
        Uint(1, 300, exact=True),
        default_text="3 x advert_int, 5 at least",
        requires="VRRP_AUTH",
        doc="Accepted clock difference in seconds",
    )
    anti_replay: str | None = keyword(
        "anti_replay",
        Choice("time", "monotonic"),
        default_text="time",
        requires="VRRP_AUTH",
        doc="Freshness scheme",
    )
    mode: str | None = keyword(
        "mode",
        Choice("enforce", "permissive", "receive-only"),
        default_text="enforce",
        requires="VRRP_AUTH",
        doc="Treatment of unsigned adverts",
    )
