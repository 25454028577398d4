"""``garp_group { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.vrrp import close_garp_group, garp_interface, not_empty_at_close
from pykeepalived.config.kinds.network import Interface, NameKind
from pykeepalived.config.kinds.numbers import Decimal
from pykeepalived.config.schema import Bound, block, keyword, lines
from pykeepalived.config.values import Name


@block("garp_group", closing=close_garp_group)
class GarpGroup(Bound):
    """Rate limits for gratuitous ARP and NA on chosen interfaces."""

    garp_interval: float | None = keyword(
        "garp_interval",
        Decimal(0, 4294.967295),
        default_text="vrrp_garp_interval",
        doc="Gap between gratuitous ARPs",
    )
    gna_interval: float | None = keyword(
        "gna_interval",
        Decimal(0, 4294.967295),
        default_text="vrrp_gna_interval",
        doc="Gap between unsolicited NAs",
    )
    interface: str | None = keyword(
        "interface",
        Interface(),
        handler=garp_interface,
        doc="Apply to this one interface; not on a VMAC; one group per interface",
    )
    interfaces: tuple[Name, ...] = lines(
        "interfaces",
        NameKind(),
        handler=garp_interface,
        closing=not_empty_at_close,
        doc="Apply jointly across these interfaces",
    )
