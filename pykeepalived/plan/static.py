"""What stands as long as the daemon runs, whatever its routers do."""

from __future__ import annotations

from dataclasses import dataclass, field

from pykeepalived.vrrp.routing import Route, Rule
from pykeepalived.vrrp.settings import VirtualAddress


@dataclass(frozen=True, slots=True)
class StaticAddress:
    """An address that stands as long as the daemon runs."""

    address: VirtualAddress
    track_group: str | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class StaticSettings:
    """What ``static_ipaddress``, ``static_routes`` and ``static_rules`` ask for, in the order of the file."""

    addresses: tuple[StaticAddress, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.addresses or self.routes or self.rules)
