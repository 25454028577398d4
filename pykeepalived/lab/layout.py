"""What a site of the lab consists of: machines, cables, addresses, and what the client asks. Plain data.

A layout is written down for ``conf.examples`` (:mod:`pykeepalived.lab.examples`), derived from somebody's own
files (:mod:`pykeepalived.lab.derive`), or describes machines that exist (:mod:`pykeepalived.lab.remote`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    addresses: tuple[str, ...] = ()


class Speaks(StrEnum):
    """What a port of the lab's server answers besides its plain question-and-answer."""

    HTTP = "http"
    TLS = "tls"
    SMTP = "smtp"
    DNS = "dns"


@dataclass(frozen=True, slots=True)
class Listen:
    """A port that the tiny server of a machine answers on."""

    protocol: str = "tcp"
    port: int = 80
    speaks: Speaks = Speaks.HTTP

    def __str__(self) -> str:
        return f"{self.protocol}/{self.port}/{self.speaks}"


@dataclass(frozen=True, slots=True)
class RealServerSetting:
    """A call of ``pykeepalived real-server apply`` on a machine."""

    mode: str
    vips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    name: str
    role: Role
    legs: tuple[Leg, ...]
    routes: tuple[str, ...] = ()
    """Words for ``ip route add``."""
    forwards: bool = False
    listens: tuple[Listen, ...] = ()
    """Ports of the tiny server; none: the machine serves nothing."""
    statuses: tuple[tuple[str, int], ...] = ()
    """Paths that the server answers with another HTTP status than 200."""
    settings: tuple[RealServerSetting, ...] = ()

    @property
    def serves(self) -> bool:
        return bool(self.listens)


@dataclass(frozen=True, slots=True)
class Target:
    """What the client asks for, again and again."""

    address: str
    port: int = 80
    protocol: str = "tcp"
    shares: tuple[tuple[str, int], ...] = ()
    """Real servers and their weights; empty when the Master serves by itself."""
    exact: bool = True
    """Whether the scheduler deals requests out in just these shares."""
    all_serve: bool = True
    """Whether every server gets requests of a single client (not with persistence or hashing)."""

    @property
    def label(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.protocol} {host}:{self.port}" if self.protocol != "tcp" else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Watched:
    """A virtual address whose owner is followed: the first of its instance."""

    instance: str
    address: str


@dataclass(frozen=True, slots=True)
class Layout:
    name: str
    title: str
    machines: tuple[Machine, ...]
    targets: tuple[Target, ...]
    watched: tuple[Watched, ...] = ()
    notes: tuple[str, ...] = ()
    """What had to be chosen because the files do not say it, and what the site cannot show."""
    needs_nat_rules: bool = False
    """Full NAT: nftables has to translate addresses, which the kernel of User-mode Linux cannot."""
    carried: tuple[str, ...] = ()
    """Service addresses that the only director has by itself, as no vrrp_instance is there to bring them."""

    @property
    def vip(self) -> str:
        """The address that stands for the service."""
        if self.targets:
            return self.targets[0].address
        return self.watched[0].address if self.watched else ""

    @property
    def shares(self) -> dict[str, int]:
        return dict(self.targets[0].shares) if self.targets else {}

    @property
    def needs_ipvs(self) -> bool:
        return any(target.shares for target in self.targets)

    @property
    def directors(self) -> tuple[str, ...]:
        return tuple(machine.name for machine in self.machines if machine.role is Role.DIRECTOR)

    @property
    def servers(self) -> tuple[str, ...]:
        return tuple(machine.name for machine in self.machines if machine.serves)

    def machine(self, name: str) -> Machine:
        return next(machine for machine in self.machines if machine.name == name)
