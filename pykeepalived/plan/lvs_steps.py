"""From the table that is to the table that should be: ordered steps.

A step that is already true when it is carried out is no error (someone else was there first); the
executor decides that.  The order keeps service: what is added comes before what is taken away, so at no
moment a service has fewer usable destinations than it has at the worse end of the change.
"""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.lvs.service import Destination, DestinationKey, ServiceKey, Table, VirtualService


@dataclass(frozen=True, slots=True)
class AddService:
    """A virtual service that the kernel does not have."""

    service: VirtualService

    @property
    def key(self) -> ServiceKey:
        """The service that the step is about."""
        return self.service.key

    def __str__(self) -> str:
        return f"add virtual server {self.service.key}"


@dataclass(frozen=True, slots=True)
class SetService:
    """Other scheduler, flags or persistence for a service; its connections and destinations stay."""

    service: VirtualService

    @property
    def key(self) -> ServiceKey:
        """The service that the step is about."""
        return self.service.key

    def __str__(self) -> str:
        return f"change virtual server {self.service.key}"


@dataclass(frozen=True, slots=True)
class RemoveService:
    """The service goes, and its destinations with it."""

    key: ServiceKey

    def __str__(self) -> str:
        return f"remove virtual server {self.key}"


@dataclass(frozen=True, slots=True)
class AddDestination:
    """A server that the service does not have."""

    key: ServiceKey
    destination: Destination

    def __str__(self) -> str:
        return f"add real server {name_of(self.destination.key)} to virtual server {self.key}"


@dataclass(frozen=True, slots=True)
class SetDestination:
    """Other weight, forwarding or thresholds for a server; its connections stay."""

    key: ServiceKey
    destination: Destination

    def __str__(self) -> str:
        return f"change real server {name_of(self.destination.key)} of virtual server {self.key}"


@dataclass(frozen=True, slots=True)
class RemoveDestination:
    """The server leaves the service."""

    key: ServiceKey
    destination: DestinationKey

    def __str__(self) -> str:
        return f"remove real server {name_of(self.destination)} from virtual server {self.key}"


Step = AddService | SetService | RemoveService | AddDestination | SetDestination | RemoveDestination


def name_of(destination: DestinationKey) -> str:
    """``[192.0.2.11]:80``."""
    return f"[{destination.address}]:{destination.port}"


def diff(desired: Table, observed: Table) -> tuple[Step, ...]:
    """The steps that turn ``observed`` into ``desired``; none when they are equal.

    New services come first, each with its destinations; then changes of existing ones (additions and
    raised weights, lowered weights, removals); services that are not wanted go last.
    """
    new: list[Step] = []
    gaining: list[Step] = []
    losing: list[Step] = []
    for key, (service, wanted) in desired.items():
        have = observed.get(key)
        if have is None:
            new.append(AddService(service))
            new.extend(AddDestination(key, destination) for destination in wanted.values())
            continue
        if have[0] != service:
            gaining.append(SetService(service))
        _diff_destinations(key, wanted, have[1], gaining, losing)
    gone: list[Step] = [RemoveService(key) for key in observed if key not in desired]
    return (*new, *gaining, *losing, *gone)


def _diff_destinations(
    key: ServiceKey,
    wanted: dict[DestinationKey, Destination],
    have: dict[DestinationKey, Destination],
    gaining: list[Step],
    losing: list[Step],
) -> None:
    if wanted is have or wanted == have:
        return
    for name, destination in wanted.items():
        before = have.get(name)
        if before is None:
            gaining.append(AddDestination(key, destination))
        elif before != destination:
            (losing if destination.weight == 0 else gaining).append(SetDestination(key, destination))
    losing.extend(RemoveDestination(key, name) for name in have if name not in wanted)


def apply_step(step: Step, table: Table) -> None:
    """Do to ``table`` what the kernel does for ``step``; a step that is already true changes nothing."""
    match step:
        case AddService(service) | SetService(service):
            table[service.key] = (service, table[service.key][1] if service.key in table else {})
        case RemoveService(key):
            table.pop(key, None)
        case AddDestination(key, destination) | SetDestination(key, destination):
            if key in table:
                table[key][1][destination.key] = destination
        case RemoveDestination(key, name):
            if key in table:
                table[key][1].pop(name, None)
