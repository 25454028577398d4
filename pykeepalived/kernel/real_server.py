"""Settings that a real server needs: what they are, what the machine has now, make them, take them back.

Facts: shared/reference/ipvs.md, section 7. Each setting is a small value that knows the shell command
that makes it, so that what ``plan`` prints is exactly what ``apply`` runs. What was there before is
written to a state file before each change; ``undo`` restores from it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from pykeepalived.base.errors import PykeepalivedError

Address = IPv4Address | IPv6Address
DEFAULT_STATE = Path("/run/pykeepalived/real-server.json")
STATE_FORMAT = 1


class Mode(StrEnum):
    """How the director forwards to this server."""

    DR = "dr"
    TUN = "tun"
    NAT = "nat"


class RealServerError(PykeepalivedError):
    """A setting could not be read, made or taken back; the message names it and says what the system said."""


@dataclass(frozen=True, slots=True)
class Module:
    """A kernel module that must be loaded for ``device`` to exist."""

    name: str
    device: str
    why: str

    @property
    def what(self) -> str:
        return f"module {self.name}"

    @property
    def wanted(self) -> str:
        return "loaded"

    @property
    def command(self) -> str:
        return f"modprobe {self.name}"

    def now(self) -> str:
        return "loaded" if _ip_json("link", "show", "dev", self.device) else "absent"

    def restore(self, before: str) -> list[str]:
        return [f"modprobe -r {self.name}"] if before == "absent" else []


@dataclass(frozen=True, slots=True)
class Sysctl:
    name: str
    wanted: str
    why: str

    @property
    def what(self) -> str:
        return self.name

    @property
    def command(self) -> str:
        return f"sysctl -q -w {self.name}={self.wanted}"

    def now(self) -> str:
        path = Path("/proc/sys", *self.name.split("."))
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            return "absent"
        except OSError as error:
            raise RealServerError(f"cannot read {path}: {error.strerror}") from error

    def restore(self, before: str) -> list[str]:
        return [] if before == "absent" else [f"sysctl -q -w {self.name}={before}"]


@dataclass(frozen=True, slots=True)
class LinkUp:
    device: str
    why: str

    @property
    def what(self) -> str:
        return f"device {self.device}"

    @property
    def wanted(self) -> str:
        return "up"

    @property
    def command(self) -> str:
        return f"ip link set dev {self.device} up"

    def now(self) -> str:
        found = _ip_json("link", "show", "dev", self.device)
        if not found:
            return "absent"
        return "up" if "UP" in found[0]["flags"] else "down"

    def restore(self, before: str) -> list[str]:
        return [] if before == "up" else [f"ip link set dev {self.device} down"]


@dataclass(frozen=True, slots=True)
class HostAddress:
    """The address alone, with no network around it, on a device that answers no neighbour for it."""

    address: Address
    device: str
    why: str

    @property
    def what(self) -> str:
        return f"address {self._prefixed} on {self.device}"

    @property
    def _prefixed(self) -> str:
        return f"{self.address}/{self.address.max_prefixlen}"

    @property
    def wanted(self) -> str:
        return "present"

    @property
    def command(self) -> str:
        # Version 6: no duplicate detection (the director has the address too), and never a source of
        # the server's own connections.
        extra = " nodad preferred_lft 0" if self.address.version == 6 else ""
        return f"ip address add {self._prefixed} dev {self.device}{extra}"

    def now(self) -> str:
        for link in _ip_json("address", "show", "dev", self.device):
            for entry in link.get("addr_info", []):
                same = entry.get("local") == str(self.address)
                if same and entry.get("prefixlen") == self.address.max_prefixlen:
                    return "present"
        return "absent"

    def restore(self, before: str) -> list[str]:
        return [] if before == "present" else [f"ip address del {self._prefixed} dev {self.device}"]


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    gateway: Address
    why: str

    @property
    def what(self) -> str:
        return f"default route (IPv{self.gateway.version})"

    @property
    def wanted(self) -> str:
        return f"via {self.gateway}"

    @property
    def command(self) -> str:
        return f"ip -{self.gateway.version} route replace default via {self.gateway}"

    def now(self) -> str:
        """``via GATEWAY`` when only the wanted one is there, else every default route, in ip's own words."""
        shown = _ip(f"-{self.gateway.version}", "route", "show", "default")
        # The state that a route is in is no part of its definition.
        lines = [
            " ".join(word for word in line.split() if word not in ("linkdown", "dead")) for line in shown
        ]
        if len(lines) == 1 and lines[0].split()[:3] == ["default", "via", str(self.gateway)]:
            return self.wanted
        return "; ".join(lines) or "absent"

    def restore(self, before: str) -> list[str]:
        if before == self.wanted:
            return []
        family = f"ip -{self.gateway.version} route"
        earlier = [] if before == "absent" else before.split("; ")
        # Making ours replaced a route of the same metric and left others alone: replacing restores both.
        return [f"{family} del default via {self.gateway}", *(f"{family} replace {line}" for line in earlier)]


Setting = Module | Sysctl | LinkUp | HostAddress | DefaultRoute


def settings(mode: Mode, vips: Sequence[Address]) -> list[Setting]:
    """What a real server behind ``vips`` needs, in the order in which it has to be made.

    For NAT the addresses are the directors' gateway VIPs towards the servers, at most one per family.
    """
    versions = sorted({vip.version for vip in vips})
    wanted: list[Setting] = []
    if mode is Mode.NAT:
        if len(versions) != len(vips):
            raise RealServerError("NAT takes one gateway address per family: a server has one default route")
        reason = "replies must come back through the director, which moves with this address"
        return [DefaultRoute(vip, reason) for vip in vips]
    tunnels = {4: ("ipip", "tunl0"), 6: ("ip6_tunnel", "ip6tnl0")}
    if mode is Mode.TUN:
        for version in versions:
            module, device = tunnels[version]
            wanted.append(Module(module, device, f"{device} unwraps what the director sends"))
    if 4 in versions:
        # Before the address: one answer to an ARP request would be enough to mislead the router. The
        # kernel takes the larger value of `all` and the device that hears the request.
        wanted += [
            Sysctl("net.ipv4.conf.all.arp_ignore", "1", "answer ARP only for the receiving device's address"),
            Sysctl("net.ipv4.conf.all.arp_announce", "2", "never name the VIP as sender in ARP requests"),
        ]
    if mode is Mode.TUN:
        if 4 in versions:
            wanted += [
                Sysctl("net.ipv4.conf.all.rp_filter", "0", "the larger of this and the device's own counts"),
                Sysctl("net.ipv4.conf.tunl0.rp_filter", "0", "unwrapped packets come from clients elsewhere"),
            ]
        wanted += [
            LinkUp(tunnels[version][1], "a device that is down receives nothing") for version in versions
        ]
    for vip in vips:
        device = tunnels[vip.version][1] if mode is Mode.TUN else "lo"
        wanted.append(HostAddress(vip, device, "packets addressed to the VIP are for this machine"))
    return wanted


@dataclass(frozen=True, slots=True)
class Change:
    setting: Setting
    before: str

    @property
    def needed(self) -> bool:
        return self.before != self.setting.wanted


def plan(wanted: Sequence[Setting]) -> list[Change]:
    """Each setting with what the machine has now. Changes nothing; needs no root."""
    return [Change(setting, setting.now()) for setting in wanted]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change that was made: what, and the commands that take it back."""

    what: str
    restore: tuple[str, ...]


def apply(wanted: Sequence[Setting], state: Path = DEFAULT_STATE) -> list[Change]:
    """Make what is not there yet; return each setting with what was there. Doing it again changes nothing.

    Raises :class:`RealServerError`; what was made until then is in the state file and can be undone.
    """
    recorded = read_state(state)
    done = []
    for setting in wanted:
        change = Change(setting, setting.now())  # at its turn: a module may just have made the device
        done.append(change)
        if change.needed:
            entry = Recorded(setting.what, tuple(setting.restore(change.before)))
            _write_state(state, [*recorded, entry])  # first, so that a crash here can still be undone
            try:
                _run(setting.command, setting.what)
            except RealServerError:
                _write_state(state, recorded)
                raise
            recorded.append(entry)
    return done


def undo(state: Path = DEFAULT_STATE, say: Callable[[str], None] = lambda text: None) -> int:
    """Take back what ``apply`` made, last first; return how many settings were restored.

    A setting that someone else removed meanwhile is reported through ``say`` and does not stop the rest.
    """
    recorded = read_state(state)
    for entry in reversed(recorded):
        for command in entry.restore:
            try:
                _run(command, entry.what)
            except RealServerError as error:
                say(f"could not restore: {error}")
    state.unlink(missing_ok=True)
    return len(recorded)


def read_state(state: Path) -> list[Recorded]:
    try:
        document: dict[str, Any] = json.loads(state.read_text())
        if document["format"] != STATE_FORMAT:
            raise ValueError(f"format {document['format']}")
        return [Recorded(entry["what"], tuple(entry["restore"])) for entry in document["changes"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RealServerError(
            f"cannot use the state file {state}: {error}; remove it to begin anew"
        ) from error


def _write_state(state: Path, recorded: Sequence[Recorded]) -> None:
    changes = [{"what": entry.what, "restore": entry.restore} for entry in recorded]
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=state.parent, prefix=state.name, delete=False) as file:
            json.dump({"format": STATE_FORMAT, "changes": changes}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(state)
    except OSError as error:
        raise RealServerError(f"cannot write the state file {state}: {error.strerror}") from error


def _run(command: str, what: str) -> None:
    try:
        done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise RealServerError(f"{what}: the program {command.split()[0]} is not installed") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise RealServerError(f"{what}: `{command}` failed: {said}")


def _ip(*words: str) -> list[str]:
    """Lines that `ip` printed; none when it failed (a device that is not there)."""
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise RealServerError("the program ip is not installed (Debian package iproute2)") from error
    return done.stdout.splitlines() if done.returncode == 0 else []


def _ip_json(*words: str) -> list[dict[str, Any]]:
    text = "".join(_ip("-j", *words))
    return json.loads(text) if text else []
