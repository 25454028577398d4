"""What macvlans need of the host around them: ARP of the parent, reverse path filtering; put back later."""

from __future__ import annotations

from collections.abc import Container, Iterable

from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.links import Link, LinkTable
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.vrrp.virtual_link import LinkKind, VirtualLink

log = get_logger()

_PARENT_SETTINGS = {"arp_ignore": 1, "arp_filter": 1}
"""keepalived's: the parent does not answer ARP for addresses that lie on the macvlan."""
_ALL_RP_FILTER = "net/ipv4/conf/all/rp_filter"
_RP_FILTER_HOLDER = "rp_filter"


def needs_settings(link: VirtualLink) -> bool:
    """IPv6 has nothing of the kind, and an ipvlan shares its parent's MAC address."""
    return link.kind is LinkKind.MACVLAN and link.family == 4


class HostSettings:
    """Holds parameters for links by name."""

    def __init__(self, sysctls: SysctlKeeper, table: LinkTable) -> None:
        self._sysctls = sysctls
        self._table = table

    def hold(self, link: VirtualLink, parent: Link, ours: Container[str]) -> None:
        """The link is there, on this parent; ``ours`` are the names of all our links."""
        if not needs_settings(link):
            return
        values = {f"net/ipv4/conf/{parent.name}/{key}": value for key, value in _PARENT_SETTINGS.items()}
        self._tell(self._sysctls.hold(_holder(link.name), values))
        self._free_rp_filter(ours)

    def link_gone(self, name: str) -> None:
        """A link is not wanted any more."""
        self._tell(self._sysctls.let_go(_holder(name)))

    def no_links(self) -> None:
        """There is no link that needs anything."""
        self._tell(self._sysctls.let_go(_RP_FILTER_HOLDER))

    def interface_gone(self, name: str) -> None:
        """An interface is gone, or made anew: its parameters are not those we changed."""
        self._sysctls.forget(f"net/ipv4/conf/{name}/")

    def close(self) -> None:
        """Put everything back."""
        self._tell(self._sysctls.close())

    def _free_rp_filter(self, ours: Container[str]) -> None:
        """The kernel takes the greater of all/rp_filter and the interface's, and ours must be 0.

        Nothing else changes: each interface, and each that will be made, gets what all/rp_filter was.
        """
        strict = self._sysctls.read(_ALL_RP_FILTER)
        if strict in (None, "0") or not strict.isdigit():
            return
        names = ["default", *(one.name for one in self._table.links.values() if one.name not in ours)]
        raised = {f"net/ipv4/conf/{name}/rp_filter": int(strict) for name in names}
        lower = {name: value for name, value in raised.items() if (self._sysctls.read(name) or "9") < strict}
        log.info(f"net.ipv4.conf.all.rp_filter from {strict} to 0 for the macvlans, all others get {strict}")
        self._tell(self._sysctls.hold(_RP_FILTER_HOLDER, {**lower, _ALL_RP_FILTER: 0}))

    def _tell(self, problems: Iterable[str]) -> None:
        for problem in problems:
            log.warning(f"sysctl {problem}")


def _holder(name: str) -> str:
    return f"link {name}"
