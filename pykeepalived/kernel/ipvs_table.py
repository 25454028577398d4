"""Keeps the kernel's IPVS table in line with what is wanted: reads, compares, sends the difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.lvs.service import ServiceKey, Table
from pykeepalived.plan.lvs_steps import (
    AddDestination,
    AddService,
    RemoveDestination,
    RemoveService,
    SetDestination,
    SetService,
    Step,
    diff,
)
from pykeepalived.plan.ports import IpvsPort


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change did: the steps that were sent, and those the kernel refused."""

    steps: tuple[Step, ...]
    refused: tuple[KernelRefusedError, ...] = ()


@dataclass(slots=True)
class IpvsTable:
    """The table of one network namespace and what we know of it.

    Services that someone else set up are left alone, as keepalived does: we remove only what we put there or
    what the configuration claims (a daemon that was killed before us may have left it behind).
    """

    port: IpvsPort
    known: Table = field(default_factory=dict)
    """What the kernel holds as far as we know: as last read, with our changes since."""
    _ours: set[ServiceKey] = field(default_factory=set)

    def update(self, desired: Table) -> Outcome:
        """Bring the kernel from what we know of it to ``desired``.  The quick way, without reading."""
        return self._send(desired)

    def reconcile(
        self, desired: Table, claimed: Iterable[ServiceKey] = (), *, exclusive: bool = False
    ) -> Outcome:
        """Read the kernel, then bring it to ``desired``.

        At start, at reload, and when someone else may have changed the table.  ``claimed``: the services of
        the configuration (``Director.claimed``): they go when they are not desired now.  With ``exclusive``
        (``lvs_flush``) everything else goes as well.
        """
        self.known = self.port.read_table()
        self._ours.update(claimed)
        if exclusive:
            self._ours.update(self.known)
        return self._send(desired)

    def ours(self) -> list[ServiceKey]:
        """The services that we put into the kernel, as far as we know."""
        return [key for key in self.known if key in self._ours]

    def put_back(self, key: ServiceKey) -> Outcome:
        """Read a service of ours and add again what someone else removed of it; change nothing else.

        Nothing when the service is not, or no longer, one of ours.
        """
        if key not in self._ours or key not in self.known:
            return Outcome(())
        expected = {key: self.known[key]}
        inside = self.port.read_destinations(key)
        # A service without servers and one that is not there look the same: only then it is asked for.
        service = expected[key][0] if inside else self.port.read_service(key)
        difference = diff(expected, {key: (service, inside)} if service is not None else {})
        steps = tuple(step for step in difference if isinstance(step, AddService | AddDestination))
        if not steps:
            return Outcome(())
        refused = self.port.apply(steps)
        if refused:
            # What the kernel does not take is not tried again every time.
            service, inside = self.port.read_service(key), self.port.read_destinations(key)
            if service is None:
                del self.known[key]
            else:
                self.known[key] = (service, inside)
        return Outcome(steps, refused)

    def clear(self) -> Outcome:
        """Remove what is ours."""
        return self._send({})

    def _send(self, desired: Table) -> Outcome:
        observed = {key: part for key, part in self.known.items() if key in desired or key in self._ours}
        steps = diff(desired, observed)
        self._ours.update(desired)
        refused = self.port.apply(steps) if steps else ()
        if refused:
            self.known = self.port.read_table()
        else:
            for key in observed:
                del self.known[key]
            self.known.update(desired)
        return Outcome(steps, refused)


def counts(steps: tuple[Step, ...]) -> str:
    """The steps for a log line: ``3 added, 1 changed, 2 removed``."""
    added = sum(isinstance(step, AddService | AddDestination) for step in steps)
    changed = sum(isinstance(step, SetService | SetDestination) for step in steps)
    removed = sum(isinstance(step, RemoveService | RemoveDestination) for step in steps)
    parts = [f"{n} {word}" for n, word in ((added, "added"), (changed, "changed"), (removed, "removed")) if n]
    return ", ".join(parts) or "nothing to do"
