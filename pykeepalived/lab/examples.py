"""The sites that the files of ``conf.examples`` are written for: machines, cables, addresses. Plain data.

Addresses are those reserved for documentation. A site is built by :mod:`pykeepalived.lab.site`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pykeepalived.base.errors import UsageError


class Role(StrEnum):
    DIRECTOR = "director"
    REAL_SERVER = "real server"
    ROUTER = "router"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Leg:
    """One network card: its name on the machine, the segment it is plugged into, its addresses."""

    interface: str
    segment: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    name: str
    role: Role
    legs: tuple[Leg, ...]
    routes: tuple[str, ...] = ()
    """Words for ``ip route add``."""
    forwards: bool = False
    serves: bool = False
    """Runs the tiny web server."""


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    title: str
    machines: tuple[Machine, ...]
    vip: str
    """What the client connects to, port 80."""
    shares: dict[str, int]
    """Requests per round that the scheduler gives each server; empty when the Master serves by itself."""
    real_server_mode: str | None = None
    """``--mode`` of ``pykeepalived real-server`` for the real servers."""
    real_server_vip: str = ""

    @property
    def needs_ipvs(self) -> bool:
        return bool(self.shares)

    @property
    def directors(self) -> tuple[str, ...]:
        return tuple(machine.name for machine in self.machines if machine.role is Role.DIRECTOR)

    @property
    def servers(self) -> tuple[str, ...]:
        return tuple(machine.name for machine in self.machines if machine.serves)


OUTSIDE, INSIDE, FAR = "outside", "inside", "far"
OUTSIDE_VIP, GATEWAY_VIP, VIP6 = "192.0.2.100", "198.51.100.254", "2001:db8:1::100"


def _outside(last: int, interface: str = "eth0") -> Leg:
    return Leg(interface, OUTSIDE, (f"192.0.2.{last}/24", f"2001:db8:1::{last}/64"))


def _inside(last: int, interface: str) -> Leg:
    return Leg(interface, INSIDE, (f"198.51.100.{last}/24",))


def _far(last: int, interface: str) -> Leg:
    return Leg(interface, FAR, (f"203.0.113.{last}/24",))


CLIENT = Machine("client", Role.CLIENT, (_outside(10),))
NEIGHBOUR_SERVERS = tuple(
    Machine(f"rs{n}", Role.REAL_SERVER, (_outside(10 + n),), serves=True) for n in (1, 2)
)
PLAIN_DIRECTORS = (
    Machine("a", Role.DIRECTOR, (_outside(1),)),
    Machine("b", Role.DIRECTOR, (_outside(2),)),
)

EXAMPLES: dict[str, Example] = {
    example.name: example
    for example in (
        Example(
            "nat",
            "NAT: public VIP outside, gateway VIP inside, one sync group",
            (
                CLIENT,
                Machine("a", Role.DIRECTOR, (_outside(1), _inside(1, "eth1")), forwards=True),
                Machine("b", Role.DIRECTOR, (_outside(2), _inside(2, "eth1")), forwards=True),
                Machine("rs1", Role.REAL_SERVER, (_inside(11, "eth0"),), serves=True),
                Machine("rs2", Role.REAL_SERVER, (_inside(12, "eth0"),), serves=True),
            ),
            OUTSIDE_VIP,
            {"rs1": 1, "rs2": 1},
            "nat",
            GATEWAY_VIP,
        ),
        Example(
            "dr",
            "Direct routing: replies go straight to the client",
            (CLIENT, *PLAIN_DIRECTORS, *NEIGHBOUR_SERVERS),
            OUTSIDE_VIP,
            {"rs1": 2, "rs2": 1},
            "dr",
            OUTSIDE_VIP,
        ),
        Example(
            "tun",
            "IP-in-IP tunnels to real servers behind a router",
            (
                CLIENT,
                Machine("router", Role.ROUTER, (_outside(254), _far(254, "eth1")), forwards=True),
                *(
                    Machine(name, Role.DIRECTOR, (_outside(n),), ("203.0.113.0/24 via 192.0.2.254",))
                    for n, name in ((1, "a"), (2, "b"))
                ),
                *(
                    Machine(
                        f"rs{n}",
                        Role.REAL_SERVER,
                        (_far(10 + n, "eth0"),),
                        ("default via 203.0.113.254",),
                        serves=True,
                    )
                    for n in (1, 2)
                ),
            ),
            OUTSIDE_VIP,
            {"rs1": 1, "rs2": 1},
            "tun",
            OUTSIDE_VIP,
        ),
        Example(
            "vrrp",
            "VRRP alone: two nodes that serve by themselves share one address",
            (
                CLIENT,
                Machine("a", Role.DIRECTOR, (_outside(1),), serves=True),
                Machine("b", Role.DIRECTOR, (_outside(2),), serves=True),
            ),
            OUTSIDE_VIP,
            {},
        ),
        Example(
            "ipv6",
            "IPv6 with direct routing",
            (CLIENT, *PLAIN_DIRECTORS, *NEIGHBOUR_SERVERS),
            VIP6,
            {"rs1": 1, "rs2": 1},
            "dr",
            VIP6,
        ),
    )
}


def find(name: str) -> Example:
    if name not in EXAMPLES:
        raise UsageError(f"no example {name!r}; there are: {', '.join(EXAMPLES)}")
    return EXAMPLES[name]


def configuration_folder(example: Example) -> Path:
    """The folder of the example's configuration files, in an installed package or in the source tree."""
    package = Path(__file__).parents[1]
    for home in (package / "conf.examples", package.parent / "conf.examples"):
        if (home / example.name).is_dir():
            return home / example.name
    raise UsageError(f"the files of example {example.name!r} are not installed with this package")
