"""Real servers of the made-up site on their way to machines, and what their checks want to find. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pykeepalived.config.blocks.dns_check import DnsCheck
from pykeepalived.config.blocks.http_get import HttpGet, SslGet
from pykeepalived.config.blocks.smtp_check import SmtpCheck
from pykeepalived.lab.derive_lans import Address, Lans, Segment
from pykeepalived.lab.layout import Leg, Listen, Machine, RealServerSetting, Role, Speaks

if TYPE_CHECKING:
    from pykeepalived.config.blocks.real_server import RealServer


@dataclass(slots=True)
class ServerDraft:
    """A real server on its way to a machine."""

    name: str
    address: Address
    segment: Segment
    listens: dict[Listen, None] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    modes: dict[str, dict[Address, None]] = field(default_factory=dict)
    """Forwarding -> the virtual addresses that it is used for."""
    gateway: Address | None = None

    def neighbours(self) -> tuple[str, ...]:
        """Routes to other networks of its segment: with direct routing it answers clients there itself."""
        mine = self.segment.network_of(self.address)
        others = [one for one in self.segment.networks if one != mine and one.version == self.address.version]
        return tuple(f"{one} dev eth0" for one in others) if "DR" in self.modes else ()

    def machine(self) -> Machine:
        """As it stands on the site."""
        settings = [
            RealServerSetting(kind.lower(), tuple(map(str, vips)))
            for kind, vips in self.modes.items()
            if kind in ("DR", "TUN")
        ]
        routes = self.neighbours()
        if self.gateway is not None:
            if "NAT" in self.modes:
                settings.append(RealServerSetting("nat", (str(self.gateway),)))
            else:
                routes += (f"default via {self.gateway}",)
        # One port answers one way: the first that was asked for.
        listens = {(one.protocol, one.port): one for one in reversed(self.listens)}
        return Machine(
            self.name,
            Role.REAL_SERVER,
            (Leg("eth0", self.segment.name, (self.segment.written(self.address),)),),
            routes,
            listens=tuple(listens.values())[::-1],
            statuses=tuple(self.statuses.items()),
            settings=tuple(settings),
        )


def speaks_on(real: RealServer, port: int) -> Speaks:
    for check in real.checkers:
        kinds = {SslGet: Speaks.TLS, SmtpCheck: Speaks.SMTP, DnsCheck: Speaks.DNS}
        own = getattr(check, "connect_port", None) or real.port or port
        if type(check) in kinds and own == port:
            return kinds[type(check)]
    return Speaks.HTTP


def please_checks(server: ServerDraft, real: RealServer, port: int, lans: Lans) -> None:
    """Whatever the checks of this server connect to answers them; what cannot be met is said."""
    for check in real.checkers:
        asked = getattr(check, "connect_port", None) or real.port or port
        speaks = {SslGet: Speaks.TLS, SmtpCheck: Speaks.SMTP}.get(type(check), Speaks.HTTP)
        word = type(check).__name__
        if isinstance(check, DnsCheck):
            server.listens[Listen("udp", asked, Speaks.DNS)] = None
        elif word == "UdpCheck":
            server.listens[Listen("udp", asked)] = None
        elif word not in ("MiscCheck", "PingCheck", "FileCheck", "BfdCheck"):
            taken = {(one.protocol, one.port) for one in server.listens}
            if ("tcp", asked) not in taken:
                server.listens[Listen("tcp", asked, speaks)] = None
        elsewhere = getattr(check, "connect_ip", None)
        if elsewhere is not None and elsewhere != real.address and elsewhere not in lans.taken:
            lans.notes.append(f"a check of {real.address} connects to {elsewhere}: nobody answers there")
        if isinstance(check, HttpGet):
            for url in check.urls:
                path = url.path or "/"
                if url.digest:
                    lans.notes.append(
                        f"the digest of {path} on {real.address} cannot be met: its check fails"
                    )
                if url.regex and not url.regex_no_match:
                    lans.notes.append(f"{path} on {real.address} may not match its regex: its check may fail")
                accepted = url.status_code or ((200, 200),)
                if not any(low <= 200 <= high for low, high in accepted):
                    server.statuses[path] = accepted[0][0]
        if word in ("MiscCheck", "BfdCheck", "FileCheck"):
            lans.notes.append(f"{word} of {real.address}: what it looks at is not part of the site")
