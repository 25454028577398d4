"""What supervisor and checker process say to each other about draining servers.

A server is named by its virtual service and itself, both in keepalived's spelling.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class DrainAct(enum.StrEnum):
    """What to do with the servers of a request; after LOOK everything is as before."""

    LOOK = "look"
    DRAIN = "drain"
    UNDRAIN = "undrain"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """A real server of a virtual service and its connections.

    ``weight`` is what the kernel has now, None while the server is not in its table; ``full_weight`` is the
    one it has while nobody limits it.  ``present``: the service is in the table.  ``active``, ``inactive``
    and ``persistent`` are None when the kernel's table cannot be read.  ``sticks``: persistence goes on
    sending known clients to a drained server.  ``datagrams``: a UDP service, whose connections
    the kernel never calls active.
    """

    service: str
    server: str
    up: bool
    drained: bool
    weight: int | None
    full_weight: int
    present: bool
    active: int | None
    inactive: int | None
    persistent: int | None
    sticks: bool = False
    datagrams: bool = False


@dataclass(frozen=True, slots=True)
class DrainRequest:
    """supervisor to checker, answered by DrainAnswer.

    ``slow_start_ns`` is for UNDRAIN; None is what the virtual server says (``slow_start``).  Without
    ``force`` nothing is drained that a service cannot do without.
    """

    request_id: int
    act: DrainAct
    servers: tuple[tuple[str, str], ...]
    slow_start_ns: int | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class DrainAnswer:
    """How the servers of a request stand now.  ``problem``: why nothing was done, or empty."""

    request_id: int
    servers: tuple[LoadReport, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ServerDrained:
    """checker to supervisor, which remembers it for a checker process that takes over from one that died."""

    service: str
    server: str
    drained: bool
