"""Real machines as a site of the lab, described in a small TOML file. Pure but for reading it.

title = "Vagrant machines, NAT"
ssh = ["ssh", "-F", ".ssh-config", "{name}", "sudo"]     # runs what follows on that machine, as root
python = "/opt/pykeepalived/bin/python"
power_on = ["vagrant", "up", "--no-provision", "{name}"]
suspend = ["virsh", "suspend", "{name}"]                 # the whole machine stands still
wake = ["virsh", "resume", "{name}"]
configuration = "/etc/keepalived/keepalived.conf"
vips = ["192.168.56.100", "192.168.57.254"]

[[target]]
address = "192.168.56.100"
shares = { rs1 = 1, rs2 = 1 }

[machine.dir1]
role = "director"
addresses = ["192.168.56.11", "192.168.57.11"]
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pykeepalived.base.errors import UsageError
from pykeepalived.lab.layout import Layout, Leg, Listen, Machine, Role, Target, Watched

KNOWN = {
    "title", "ssh", "python", "power_on", "suspend", "wake", "configuration", "vips", "target", "machine",
}  # fmt: skip
NEEDED = ("ssh", "vips", "machine")


@dataclass(frozen=True, slots=True)
class RemoteSite:
    layout: Layout
    ssh: tuple[str, ...]
    python: str
    power_on: tuple[str, ...]
    suspend: tuple[str, ...]
    """How a machine is made to stand still as a whole, from here; empty: it cannot."""
    wake: tuple[str, ...]
    configuration: str
    folder: Path
    """Commands are run from here."""

    def configuration_of(self, name: str) -> str:
        return self.configuration.replace("{name}", name)

    def on(self, name: str, argv: list[str]) -> list[str]:
        """The argv that runs ``argv`` on that machine."""
        return [word.replace("{name}", name) for word in self.ssh] + argv


def read(path: Path) -> RemoteSite:
    """Raises :class:`UsageError` naming what is wrong."""
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from error
    unknown = sorted(table.keys() - KNOWN)
    missing = [name for name in NEEDED if name not in table]
    if unknown or missing:
        said = [f"unknown: {', '.join(unknown)}"] if unknown else []
        said += [f"missing: {', '.join(missing)}"] if missing else []
        raise UsageError(f"{path}: {'; '.join(said)}; known are {', '.join(sorted(KNOWN))}")
    try:
        return _site(table, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path}: {type(error).__name__}: {error}") from error


def _site(table: dict[str, Any], path: Path) -> RemoteSite:
    targets = tuple(
        Target(
            str(one["address"]),
            int(one.get("port", 80)),
            str(one.get("protocol", "tcp")),
            tuple((str(name), int(share)) for name, share in one.get("shares", {}).items()),
            bool(one.get("exact", True)),
            bool(one.get("all_serve", True)),
        )
        for one in table.get("target", [])
    )
    serving = {name for target in targets for name, _ in target.shares}
    machines = []
    for name, one in table["machine"].items():
        role = Role(one["role"])
        serves = name in serving or (role is Role.DIRECTOR and bool(targets) and not serving)
        machines.append(
            Machine(
                name,
                role,
                tuple(Leg(f"card{n}", "ssh", (address,)) for n, address in enumerate(one["addresses"])),
                listens=tuple(Listen("tcp", port) for port in sorted({t.port for t in targets}))
                if serves
                else (),
            )
        )
    layout = Layout(
        path.stem,
        str(table.get("title", path.stem)),
        tuple(machines),
        targets,
        tuple(Watched("", str(vip)) for vip in table["vips"]),
    )
    if sum(machine.role is Role.CLIENT for machine in machines) > 1:
        raise ValueError("more than one machine has the role client")
    return RemoteSite(
        layout,
        tuple(map(str, table["ssh"])),
        str(table.get("python", "python3")),
        tuple(map(str, table.get("power_on", ()))),
        tuple(map(str, table.get("suspend", ()))),
        tuple(map(str, table.get("wake", ()))),
        str(table.get("configuration", "/etc/keepalived/keepalived.conf")),
        path.resolve().parent,
    )
