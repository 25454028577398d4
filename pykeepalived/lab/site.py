"""A site on one kernel: a network namespace for each machine, a bridge for each network segment.

The bridges live in a namespace of their own, so that the host's network is never touched. Namespace
names carry the builder's process id; what a killed run left behind is removed by the next one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

from pykeepalived.kernel import real_server
from pykeepalived.lab import hostpackages, netns
from pykeepalived.lab.layout import Layout, Machine

PREFIX = "pykalab"
MODULES = (
    "veth", "bridge", "ipv6", "ipip", "ip6_tunnel",
    "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_lc", "ip_vs_wlc", "ip_vs_sh", "ip_vs_mh", "macvlan", "dummy",
)  # fmt: skip

# A machine that just came up must answer at once, and replies may come over another way than requests.
MACHINE_SYSCTLS = {
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/all/accept_ra": 0,
    "ipv6/conf/default/accept_ra": 0,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    "ipv4/conf/all/send_redirects": 0,
    "ipv4/conf/default/send_redirects": 0,
}
FORWARDING = {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1}


def kernel_has_ipvs() -> bool:
    """Whether this kernel does IPVS; loads the module when it may."""
    if not Path("/proc/net/ip_vs").exists() and os.geteuid() == 0:
        subprocess.run(["modprobe", "-q", "ip_vs"], capture_output=True, check=False)
    return Path("/proc/net/ip_vs").exists()


def port_name(machine: Machine, segment: str) -> str:
    """The bridge's end of the cable between a machine and a segment."""
    return f"{machine.name}.{segment}"


def card_address(port: str) -> str:
    """The MAC address of the card behind a port: a machine that boots again still has the same card.

    With another one its IPv6 neighbours would go on sending to the old address for half a minute.
    """
    number = zlib.crc32(port.encode())
    return ":".join(f"{byte:02x}" for byte in (0x02, 0x00, *number.to_bytes(4, "big")))


class Site:
    """The machines of a layout. Use as a context manager: leaving it removes everything."""

    def __init__(self, layout: Layout, out: Path) -> None:
        self.layout = layout
        self.machines = {machine.name: machine for machine in layout.machines}
        self.out = out
        self._prefix = f"{PREFIX}{os.getpid()}"
        self.wires = f"{self._prefix}-wires"
        self._on: set[str] = set()
        self._forbidden: list[tuple[str, str]] = []
        self._silent: set[str] = set()

    def __enter__(self) -> Site:
        remove_stale_sites()
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def namespace(self, machine: str) -> str:
        return f"{self._prefix}-{machine}"

    def command(
        self,
        machine: str,
        argv: Sequence[str],
        *,
        own_run: bool = False,
        run_folder: Path | None = None,
        mounts: str = "",
    ) -> list[str]:
        """The argv that runs ``argv`` on that machine; ``own_run`` gives it a /run of its own.

        Two directors then keep their pid files apart without being told to, like on two machines. With
        ``run_folder`` it is that one, which stays when the daemon has gone.
        ``mounts`` are more shell commands for the same private mount namespace.
        """
        inner = list(argv)
        if own_run:
            mount = f"mount -n --bind '{run_folder}' /run" if run_folder else "mount -n -t tmpfs run /run"
            inner = ["sh", "-c", f'{mount}{mounts} && exec "$@"', "sh", *inner]
        return ["ip", "netns", "exec", self.namespace(machine), *inner]

    def power_off(self, name: str) -> int:
        """The machine stops at once: cables first, then SIGKILL to all its processes; return how many."""
        self.cut_cables(name)
        killed = netns.kill_all(self.namespace(name))
        netns.run(["ip", "netns", "del", self.namespace(name)])
        self._on.discard(name)
        return killed

    def cut_cables(self, name: str, *, up: bool = False, interface: str | None = None) -> None:
        """All of the machine's cables, or that of one card. Raises :class:`netns.LabError`: no such card."""
        machine = self.machines[name]
        legs = [leg for leg in machine.legs if interface in (None, leg.interface)]
        if not legs:
            cards = ", ".join(leg.interface for leg in machine.legs)
            raise netns.LabError(f"{name} has no interface {interface}; it has: {cards}")
        for leg in legs:
            netns.set_link(self._control, port_name(machine, leg.segment), up=up)

    def power_on(self, name: str) -> None:
        """The machine boots: nothing remembered, addresses and routes as planned, no daemon yet."""
        machine, namespace = self.machines[name], self.namespace(name)
        netns.run(["ip", "netns", "add", namespace])
        self._on.add(name)
        sysctls = MACHINE_SYSCTLS | (FORWARDING if machine.forwards else {})
        netns.write_sysctls(namespace, sysctls)
        cables = []
        for leg in machine.legs:
            port = port_name(machine, leg.segment)
            cables += [
                f"link add {port} type veth peer name {leg.interface} address {card_address(port)}"
                f" netns {namespace}",
                f"link set {port} master {leg.segment} up",
            ]
        self._replace_cables(machine)
        netns.ip_batch(cables, self.wires)
        lines = ["link set lo up"]
        for leg in machine.legs:
            lines.append(f"link set {leg.interface} up")
            for address in leg.addresses:
                nodad = " nodad" if ":" in address else ""
                lines.append(f"address add {address} dev {leg.interface}{nodad}")
        lines += [f"route add {route}" for route in machine.routes]
        netns.ip_batch(lines, namespace)
        self._apply_settings(machine)

    def _replace_cables(self, machine: Machine) -> None:
        """A deleted namespace takes its cables along, but some time later: make sure that they are gone."""
        with netns.inside(self.wires):
            ports = [port_name(machine, leg.segment) for leg in machine.legs]
            old = [port for port in ports if Path("/proc/sys/net/ipv4/conf", port).exists()]
        for port in old:
            subprocess.run(["ip", "-n", self.wires, "link", "del", port], capture_output=True, check=False)

    def _build(self) -> None:
        subprocess.run(["modprobe", "-q", "-a", *MODULES], capture_output=True, check=False)
        netns.run(["ip", "netns", "add", self.wires])
        self._on.add("wires")
        segments = sorted({leg.segment for machine in self.machines.values() for leg in machine.legs})
        lines = []
        for segment in segments:
            lines += [
                f"link add {segment} type bridge forward_delay 0 mcast_snooping 0",
                f"link set {segment} up",
            ]
        netns.write_sysctls(self.wires, {"ipv6/conf/default/disable_ipv6": 1})
        netns.ip_batch(lines, self.wires)
        self._control = netns.control_socket(self.wires)
        for name in self.machines:
            self.power_on(name)

    def _apply_settings(self, machine: Machine) -> None:
        """``pykeepalived real-server apply``: the same settings that an operator makes."""
        with netns.inside(self.namespace(machine.name)):
            for n, setting in enumerate(machine.settings):
                state = self.out / f"{machine.name}-settings{n}.json"
                state.unlink(missing_ok=True)
                wanted = real_server.settings(
                    real_server.Mode(setting.mode), [ip_address(vip) for vip in setting.vips]
                )
                real_server.apply(wanted, state)

    def forbid(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Frames from the first machine of a pair no longer reach the second; other pairs work again.

        The bridges do it, so that nothing on the machines themselves can be seen to have changed.
        """
        self._forbidden = list(pairs)
        self._filter()

    def silence(self, name: str, *, silent: bool) -> None:
        """Nothing reaches that machine and nothing leaves it, though its links stay up."""
        (self._silent.add if silent else self._silent.discard)(name)
        self._filter()

    def _filter(self) -> None:
        hostpackages.require(("nft",), lambda text: print(text, file=sys.stderr))
        rules = [
            f'add rule bridge lab cut iifname "{sender}.*" oifname "{receiver}.*" drop'
            for sender, receiver in self._forbidden
        ]
        for name in sorted(self._silent):
            rules += [f'add rule bridge lab cut {way} "{name}.*" drop' for way in ("iifname", "oifname")]
        script = [
            "add table bridge lab",
            "delete table bridge lab",
            "add table bridge lab",
            "add chain bridge lab cut { type filter hook forward priority 0; }",
            *rules,
        ]
        nft = hostpackages.find("nft") or "nft"
        netns.run(["ip", "netns", "exec", self.wires, nft, "-f", "-"], stdin="\n".join(script) + "\n")

    def close(self) -> None:
        for name in sorted(self._on):
            remove_namespace(f"{self._prefix}-{name}")
        self._on.clear()


def remove_namespace(namespace: str) -> None:
    if (netns.FOLDER / namespace).exists():
        netns.kill_all(namespace)
        subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


def remove_stale_sites() -> None:
    """Namespaces of labs whose process is gone."""
    for entry in netns.FOLDER.glob(f"{PREFIX}*-*") if netns.FOLDER.exists() else ():
        owner = entry.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            remove_namespace(entry.name)
            print(f"lab: removed {entry.name}, left by an earlier run", file=sys.stderr)
