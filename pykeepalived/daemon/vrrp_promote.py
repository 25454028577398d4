"""``promote_secondaries``: without it the kernel drops the other addresses of a subnet with the first one.

The parameter is held for as long as a router with the keyword is configured and its interface exists, and put
back afterwards, also after a kill (see :mod:`pykeepalived.kernel.sysctls`).
"""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.links import LinkTable
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.vrrp.settings import RouterSettings

log = get_logger()


class Promotion:
    """Holds the parameter on the interfaces that routers want it on."""

    def __init__(self, sysctls: SysctlKeeper, links: LinkTable) -> None:
        self._sysctls = sysctls
        self._links = links
        self._wanted: frozenset[str] = frozenset()
        self._held: dict[str, int] = {}

    def configure(self, routers: Iterable[RouterSettings]) -> None:
        """From now on for these."""
        self._wanted = frozenset(
            settings.interface for settings in routers if settings.promote_secondaries and settings.interface
        )
        for interface in [name for name in self._held if name not in self._wanted]:
            del self._held[interface]
            self._tell(self._sysctls.let_go(_holder(interface)))
        self.follow()

    def follow(self) -> None:
        """Interfaces may have come, or been made anew with the kernel's defaults."""
        for interface in sorted(self._wanted):
            link = self._links.link(interface)
            index = None if link is None else link.index
            if self._held.get(interface) == index:
                continue
            if self._held.pop(interface, None) is not None:
                self._sysctls.forget(_parameter(interface))
            if index is not None:
                self._held[interface] = index
                self._tell(self._sysctls.hold(_holder(interface), {_parameter(interface): 1}))

    def _tell(self, problems: Iterable[str]) -> None:
        for problem in problems:
            log.warning(f"promote_secondaries: {problem}")


def _parameter(interface: str) -> str:
    return f"net/ipv4/conf/{interface}/promote_secondaries"


def _holder(interface: str) -> str:
    return f"promote_secondaries {interface}"
