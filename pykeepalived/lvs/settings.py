"""What a pool has to know: one virtual server of the configuration, as values of the kernel's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.lvs.service import Destination, DestinationKey, VirtualService


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One real server.

    ``label`` is keepalived's spelling of it (``[192.0.2.11]:tcp:80``); ``destination.weight`` is the
    configured weight.  ``starts_down`` is true in alpha mode for a server that has a check: it joins only
    after its first good verdict.  ``inhibit_on_failure``: a failed server stays with weight 0.
    """

    label: str
    destination: Destination
    inhibit_on_failure: bool = False
    starts_down: bool = False

    @property
    def key(self) -> DestinationKey:
        """What events name the server by."""
        return self.destination.key


@dataclass(frozen=True, slots=True)
class SorryServer:
    """The fallback while there is no quorum.  ``inhibit``: otherwise it stays with weight 0, not removed."""

    label: str
    destination: Destination
    inhibit: bool = False


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """One ``virtual_server``: its services in the kernel (several for a group), servers and quorum.

    ``label`` is keepalived's spelling (``[203.0.113.20]:tcp:80``, ``FWM 9``, ``[GROUP]:0``); keepalived lets
    a second ``virtual_server`` have the same: ``occurrence`` counts them from 0, and ``identity`` is what a
    reload finds the pool by.  ``quorum`` and ``hysteresis`` are weights.  ``owners`` names, per entry of
    ``services``, the vrrp_instance whose address it is; None is "always in the table" (no instance has the
    address, a firewall mark, or ``ipvs_follows_vrrp false``).  ``omega``: shutdown runs the down
    notifications.  ``ha_suspend``: the checks rest while the services are out of the table.  ``tells_start``:
    a server that starts up is told as one that came up (``rs_init_notifies``).  ``slow_start_ns``: how long a
    server that comes back takes to reach its weight (0: at once).  ``drain_removed_ns``: how long at most a
    server that a reload removes stays with weight 0 for the sake of its connections (0: not at all).
    """

    label: str
    services: tuple[VirtualService, ...]
    servers: tuple[ServerSettings, ...]
    quorum: int = 1
    hysteresis: int = 0
    sorry_server: SorryServer | None = None
    owners: tuple[str | None, ...] = ()
    alpha: bool = False
    omega: bool = False
    ha_suspend: bool = False
    occurrence: int = 0
    tells_start: bool = False
    slow_start_ns: int = 0
    drain_removed_ns: int = 0

    @property
    def identity(self) -> tuple[str, int]:
        """Unique within a configuration."""
        return self.label, self.occurrence

    @property
    def owner_names(self) -> frozenset[str]:
        """The instances whose state this pool's services follow."""
        return frozenset(owner for owner in self.owners if owner is not None)
