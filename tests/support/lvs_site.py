"""A site on one kernel to send traffic through IPVS: a client, directors, real servers, in namespaces.

::

    client c ---- out ---- d, e (directors) ---- in ---- n1, n2  (NAT: default route via d)
                   |                         \\-- far --- f1, f2  (full NAT: no route to the client at all)
                   \\----- r1, r2 (DR), t1, t2 (TUN): with the settings that ``real-server`` makes

Everything is in this one process: sockets are opened in a namespace and stay in it; two threads answer.
Directors are the program's own parts, without its processes (:class:`Box`).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from pykeepalived.config.load import load_text
from pykeepalived.daemon.service_sysctls import ServiceSysctls
from pykeepalived.daemon.service_tables import ServiceTables
from pykeepalived.daemon.sync_daemons import SyncDaemons
from pykeepalived.kernel import real_server
from pykeepalived.kernel.ipvs import Ipvs, open_ipvs
from pykeepalived.kernel.ipvs_table import IpvsTable
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.lab import netns
from pykeepalived.lvs.director import Director
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.health import plan_checks

VIP4, VIP6 = "192.0.2.100", "2001:db8:1::100"
CLIENT4, CLIENT6 = "192.0.2.10", "2001:db8:1::10"
MODULES = ("veth", "bridge", "ipv6", "ipip", "ip6_tunnel", "ip_vs", "ip_vs_rr", "ip_vs_wrr")

OUT, IN, FAR = "out", "in", "far"
NETS = {OUT: ("192.0.2", "2001:db8:1:"), IN: ("198.51.100", "2001:db8:2:"), FAR: ("203.0.113", "2001:db8:3:")}


@dataclass(frozen=True)
class Host:
    """``legs``: segment and the last part of the address, interfaces eth0, eth1, … in this order."""

    name: str
    legs: tuple[tuple[str, int], ...]
    forwards: bool = False
    gateway: int = 0
    ports: tuple[int, ...] = ()


HOSTS = (
    Host("c", ((OUT, 10),)),
    Host("d", ((OUT, 1), (IN, 1), (FAR, 1)), forwards=True),
    Host("e", ((OUT, 2), (IN, 2), (FAR, 2)), forwards=True),
    Host("n1", ((IN, 11),), gateway=1, ports=(80, 8080)),
    Host("n2", ((IN, 12),), gateway=1, ports=(80, 8080)),
    Host("f1", ((FAR, 11),), ports=(80,)),
    Host("f2", ((FAR, 12),), ports=(80,)),
    Host("r1", ((OUT, 11),), ports=(80,)),
    Host("r2", ((OUT, 12),), ports=(80,)),
    Host("t1", ((OUT, 21),), ports=(80,)),
    Host("t2", ((OUT, 22),), ports=(80,)),
)


@dataclass
class Box:
    """One director: what the checker process does to the kernel, in the namespace of a host."""

    namespace: str
    ipvs: Ipvs
    table: IpvsTable
    tables: ServiceTables = field(default_factory=ServiceTables)
    sysctls: ServiceSysctls = field(default_factory=lambda: ServiceSysctls(SysctlKeeper()))
    sync: SyncDaemons = field(default_factory=SyncDaemons)
    _closed: bool = False

    def apply(self, text: str) -> CheckerPlan:
        """Carry out a configuration, every instance being Master; what the kernel refuses is an error."""
        plan = plan_checks(load_text(text).config, lambda account: (0, 0, ()))
        director = Director(plan.pools, {owner for pool in plan.pools for owner in pool.owner_names})
        director.start()
        with network_namespace(self.namespace):
            self.sysctls.configure(plan.support.sysctls, None)
            self.tables.configure(plan.support.marks, plan.support.source_nat, None)
            outcome = self.table.reconcile(director.desired(), exclusive=True)
            self.sync.configure(plan.support.sync)
        assert () == outcome.refused
        return plan

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        with network_namespace(self.namespace):
            self.sync.close()
            self.ipvs.flush()
            self.ipvs.close()
            self.tables.close()
            self.sysctls.close()

    def read(self, path: str) -> str:
        """A file of /proc as this host sees it."""
        with network_namespace(self.namespace):
            return Path(path).read_text()


class LvsSite:
    """Use as a context manager; builds everything and removes it."""

    def __init__(self) -> None:
        self._prefix = f"lvs{os.getpid()}"
        self._servers = Servers()
        self._boxes: list[Box] = []

    def ns(self, host: str) -> str:
        return f"{self._prefix}-{host}"

    def __enter__(self) -> LvsSite:
        subprocess.run(["modprobe", "-q", "-a", *MODULES], check=False)
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for box in self._boxes:
            with contextlib.suppress(OSError):
                box.close()
        self._servers.close()
        for name in ("wires", *(host.name for host in HOSTS)):
            subprocess.run(["ip", "netns", "del", self.ns(name)], capture_output=True, check=False)

    def _build(self) -> None:
        for name in ("wires", *(host.name for host in HOSTS)):
            netns.run(["ip", "netns", "add", self.ns(name)])
        lines = []
        for net in NETS:
            lines += [f"link add {net} type bridge forward_delay 0 mcast_snooping 0", f"link set {net} up"]
        for host in HOSTS:
            self._sysctls(host)
            there = self.ns(host.name)
            for number, (net, _) in enumerate(host.legs):
                lines += [
                    f"link add {host.name}{number} type veth peer name eth{number} netns {there}",
                    f"link set {host.name}{number} master {net} up",
                ]
        netns.ip_batch(lines, self.ns("wires"))
        for host in HOSTS:
            self._address(host)
        vips = [ip_address(VIP4), ip_address(VIP6)]
        for name, mode in (("r", real_server.Mode.DR), ("t", real_server.Mode.TUN)):
            for number in "12":
                with network_namespace(self.ns(name + number)):
                    state = Path(f"/tmp/{self.ns(name + number)}.json")
                    real_server.apply(real_server.settings(mode, vips), state)
                    state.unlink()
        for host in HOSTS:
            if host.ports:
                self._servers.add(host.name, self.ns(host.name), host.ports)
        self._servers.start()

    def _sysctls(self, host: Host) -> None:
        values: dict[str, int] = {}
        for scope in ("all", "default"):
            values |= {
                f"ipv6/conf/{scope}/accept_dad": 0,
                f"ipv6/conf/{scope}/accept_ra": 0,
                f"ipv4/conf/{scope}/rp_filter": 0,
            }
        if host.forwards:
            values |= {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1}
        netns.write_sysctls(self.ns(host.name), values)

    def _address(self, host: Host) -> None:
        lines = ["link set lo up"]
        for number, (net, last) in enumerate(host.legs):
            four, six = NETS[net]
            lines += [
                f"link set eth{number} up",
                f"address add {four}.{last}/24 dev eth{number}",
                f"address add {six}:{last}/64 dev eth{number} nodad",
            ]
        if host.gateway:
            four, six = NETS[host.legs[0][0]]
            lines += [
                f"route add default via {four}.{host.gateway}",
                f"-6 route add default via {six}:{host.gateway}",
            ]
        netns.ip_batch([line for line in lines if not line.startswith("-6")], self.ns(host.name))
        six_lines = [line.removeprefix("-6 ") for line in lines if line.startswith("-6")]
        if six_lines:
            netns.run(["ip", "-n", self.ns(host.name), "-6", *six_lines[0].split()])

    # ------------------------------------------------------------ directors

    def box(self, host: str = "d") -> Box:
        """The director part of a host, with an empty table."""
        with network_namespace(self.ns(host)):
            ipvs = open_ipvs()
            ipvs.flush()
        box = Box(self.ns(host), ipvs, IpvsTable(ipvs))
        box.sync.port = ipvs
        self._boxes.append(box)
        return box

    def hold(self, host: str, *addresses: str, dev: str = "eth0") -> None:
        """Give a director virtual addresses, and tell the neighbours."""
        lines = [
            f"address replace {address}/{128 if ':' in address else 32} dev {dev}"
            + (" nodad preferred_lft 0" if ":" in address else "")
            for address in addresses
        ]
        netns.ip_batch(lines, self.ns(host))

    def drop(self, host: str, *addresses: str, dev: str = "eth0") -> None:
        """Take addresses away."""
        lines = [f"address del {one}/{128 if ':' in one else 32} dev {dev}" for one in addresses]
        netns.ip_batch(lines, self.ns(host))

    def forget_neighbours(self) -> None:
        """Whoever moved an address would announce it; here everybody just asks again."""
        for host in HOSTS:
            subprocess.run(
                ["ip", "-n", self.ns(host.name), "neigh", "flush", "all"], capture_output=True, check=False
            )

    # ------------------------------------------------------------ client

    def connect(
        self, address: str, port: int = 80, *, host: str = "c", source: str = "", mark: int = 0
    ) -> socket.socket:
        """An open connection from a host (the client), waiting for lines."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with network_namespace(self.ns(host)):
            connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(5)
        if mark:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        if source:
            connection.bind((source, 0))
        try:
            connection.connect((address, port))
        except OSError:
            connection.close()
            raise
        return connection

    def ask(self, address: str, port: int = 80, **more: object) -> tuple[str, str]:
        """Name of the server that answered, and the address that it saw."""
        with self.connect(address, port, **more) as connection:  # type: ignore[arg-type]
            return said(connection)

    def push(self, name: str) -> None:
        """This server sends a line on every open connection, unasked."""
        for connection in self._servers.connections[name]:
            with contextlib.suppress(OSError):
                connection.sendall(f"{name} pushed\n".encode())

    def counts(self, requests: int, address: str, port: int = 80, **more: object) -> Counter[str]:
        """Who answered so many requests."""
        return Counter(self.ask(address, port, **more)[0] for _ in range(requests))


def said(connection: socket.socket) -> tuple[str, str]:
    """One more line on an open connection."""
    connection.sendall(b"?\n")
    return heard(connection)


def heard(connection: socket.socket) -> tuple[str, str]:
    """The next line."""
    answer = b""
    while not answer.endswith(b"\n"):
        part = connection.recv(1)
        if not part:
            raise ConnectionResetError("closed")
        answer += part
    name, seen = answer.decode().split()
    return name, seen


class Servers:
    """Answers every line with "NAME ADDRESS": who it is and whom it sees."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ending = False
        self.connections: dict[str, set[socket.socket]] = defaultdict(set)

    def add(self, name: str, namespace: str, ports: tuple[int, ...]) -> None:
        with network_namespace(namespace):
            for port in ports:
                listening = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
                listening.setblocking(False)
                self._selector.register(listening, selectors.EVENT_READ, (name, None))

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ending = True
        if self._thread.is_alive():
            self._thread.join(2)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    def _run(self) -> None:
        while not self._ending:
            for key, _ in self._selector.select(0.1):
                name, seen = key.data
                with contextlib.suppress(OSError):
                    if seen is None:
                        connection, peer = key.fileobj.accept()  # type: ignore[union-attr]
                        address = peer[0].removeprefix("::ffff:")
                        self._selector.register(connection, selectors.EVENT_READ, (name, address))
                        self.connections[name].add(connection)
                        continue
                    data = b""
                    with contextlib.suppress(OSError):
                        data = key.fileobj.recv(200)  # type: ignore[union-attr]
                    if data:
                        key.fileobj.sendall(f"{name} {seen}\n".encode() * data.count(b"\n"))  # type: ignore[union-attr]
                        continue
                    self._selector.unregister(key.fileobj)
                    self.connections[name].discard(key.fileobj)  # type: ignore[arg-type]
                    key.fileobj.close()  # type: ignore[union-attr]


@contextlib.contextmanager
def holding(site: LvsSite, host: str, *addresses: str) -> Iterator[None]:
    """A director has the virtual addresses for a while."""
    site.hold(host, *addresses)
    site.forget_neighbours()
    try:
        yield
    finally:
        site.drop(host, *addresses)
