"""``DNS_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import close_connecting
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.kinds.text import Choice, DomainName
from pykeepalived.config.schema import Repeat, block, keyword


@block("DNS_CHECK", closing=close_connecting)
class DnsCheck(Connecting):
    """DNS query check."""

    type: str | None = keyword(
        "type",
        Choice("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"),
        default_text="SOA",
        doc="Query type",
    )
    name: str | None = keyword(
        "name",
        DomainName(),
        default_text="empty (root)",
        repeat=Repeat.FIRST,
        doc="Query name; empty labels refused",
    )
