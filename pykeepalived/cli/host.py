"""This machine, as a configuration check asks about it."""

from __future__ import annotations

import array
import contextlib
import fcntl
import grp
import os
import pwd
import socket
import stat
import struct
from collections.abc import Mapping
from pathlib import Path

from pykeepalived.base.c_integer import c_integer
from pykeepalived.cli.script_access import closed_folder, executable, may_become
from pykeepalived.cli.script_path import in_words, path_flaws
from pykeepalived.config.host import HostAddress, InterfaceFacts, ScriptState
from pykeepalived.config.values import DEFAULT_USER, Account, Script

_SIOCGIFFLAGS = 0x8913
_SIOCGIFMTU = 0x8921
_SIOCETHTOOL = 0x8946
_ETHTOOL_GDRVINFO = 3
_IFF_LOOPBACK = 0x8
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class RealHost:
    """``pykeepalived.config.host.Host`` on the machine this program runs on.  Answers are remembered."""

    def __init__(self) -> None:
        self._interfaces: dict[str, InterfaceFacts | None] = {}
        self._scripts: dict[tuple[str, Account | None, bool], ScriptState] = {}
        self._names: dict[str, bool] = {}
        self._addresses: tuple[HostAddress, ...] | None = None
        self._routing_names: dict[tuple[str, str | None], dict[str, int]] = {}

    def interface(self, name: str) -> InterfaceFacts | None:
        if name not in self._interfaces:
            self._interfaces[name] = _interface(name)
        return self._interfaces[name]

    def real_name(self, name: str) -> str | None:
        found = _index_and_name(name)
        return found[1] if found is not None and found[1] != name else None

    def user_exists(self, name: str) -> bool:
        return _passwd(name) is not None

    def group_exists(self, name: str) -> bool:
        try:
            grp.getgrnam(name)
        except KeyError:
            return False
        return True

    def script(self, script: Script, account: Account | None, *, secure: bool) -> ScriptState:
        key = (script.argv[0], account, secure)
        if key not in self._scripts:
            self._scripts[key] = _script_state(script.argv[0], account, secure)
        return self._scripts[key]

    def script_flaws(self, script: Script, account: Account | None) -> str:
        path = _find(script.argv[0])
        if path is None:
            return ""
        try:
            uid, gid, _ = _identity(account)
            closed = closed_folder(path, uid, _groups_looking(gid))
            return in_words(path_flaws(path)) if closed is None else str(closed)
        except (OSError, ValueError):
            return ""  # it went away since

    def resolves(self, name: str) -> bool:
        if name not in self._names:
            try:
                socket.getaddrinfo(name, 25, type=socket.SOCK_STREAM)
                self._names[name] = True
            except OSError:
                self._names[name] = False
            except UnicodeError:
                self._names[name] = False
        return self._names[name]

    def directory_exists(self, path: str) -> bool:
        return os.path.isdir(path)  # noqa: PTH112 -- which fails for nobody: what one may not see is not there

    def exists(self, path: str) -> bool:
        return os.path.exists(path)  # noqa: PTH110 -- the same

    def processors(self) -> int:
        return os.cpu_count() or 1

    def addresses(self) -> tuple[HostAddress, ...]:
        if self._addresses is None:
            self._addresses = _addresses()
        return self._addresses

    def sysctl(self, name: str) -> str | None:
        try:
            return Path("/proc/sys", *name.split(".")).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None

    def has_ipvs(self) -> bool:
        if Path("/proc/net/ip_vs").exists():
            return True
        names = ("ip_vs.ko", "ip_vs.ko.gz", "ip_vs.ko.xz", "ip_vs.ko.zst")
        folder = Path("/lib/modules", os.uname().release, "kernel/net/netfilter/ipvs")
        return any((folder / name).exists() for name in names)

    def routing_names(self, file: str, folder: str | None) -> Mapping[str, int]:
        if (file, folder) not in self._routing_names:
            self._routing_names[file, folder] = self._read_routing_names(file, folder)
        return self._routing_names[file, folder]

    def _read_routing_names(self, file: str, folder: str | None) -> dict[str, int]:
        folders = (folder or "/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2")
        found: dict[str, int] = {}
        # What is read later counts: the host's own folder, and in it the files of the subfolder.
        for place in reversed(folders):
            more = sorted(Path(place, f"{file}.d").glob("*.conf"))
            for path in (Path(place, file), *more):
                found.update(_numbered_names(self.content(str(path), 1 << 20) or b""))
        return found

    def content(self, path: str, limit: int) -> bytes | None:
        try:
            with open(path, "rb") as file:
                found = file.read(limit + 1)
        except (OSError, ValueError):
            return None
        return found if len(found) <= limit else None

    def mode(self, path: str) -> int | None:
        try:
            return stat.S_IMODE(Path(path).stat().st_mode)
        except (OSError, ValueError):
            return None


def _addresses() -> tuple[HostAddress, ...]:
    """What the kernel lists; nothing when it can't be asked."""
    from pykeepalived.kernel.links import LinkMonitor
    from pykeepalived.kernel.netlink import RequestSocket

    try:
        requests = RequestSocket()
    except OSError:
        return ()
    try:
        monitor = LinkMonitor(requests)
        try:
            table = monitor.table
            names = dict(socket.if_nameindex())
            return tuple(
                HostAddress(names[held.index], held.address, held.prefix_length)
                for held in table.all_addresses()
                if held.index in names
            )
        finally:
            monitor.close()
    except OSError:
        return ()
    finally:
        requests.close()


def _interface(name: str) -> InterfaceFacts | None:
    found = _index_and_name(name)
    if found is None or found[1] != name:
        return None
    index = found[0]
    loopback, mtu, driver = False, 1500, None
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            request = struct.pack("16s240x", os.fsencode(name))
            flags = fcntl.ioctl(handle, _SIOCGIFFLAGS, request)
            loopback = bool(struct.unpack_from("h", flags, 16)[0] & _IFF_LOOPBACK)
            mtu = struct.unpack_from("i", fcntl.ioctl(handle, _SIOCGIFMTU, request), 16)[0]
            driver = _driver(handle, name)
    except OSError:
        pass  # the interface went away between the two questions
    return InterfaceFacts(index, loopback, mtu, driver)


def _index_and_name(name: str) -> tuple[int, str] | None:
    """Of the interface that the kernel finds by this name, which may be an alternative one."""
    if ":" in name:
        return None  # the kernel takes eth0:1 for eth0, which is not an interface of this name
    try:
        index = socket.if_nametoindex(name)
        return index, socket.if_indextoname(index)
    except (OSError, ValueError):
        return None


def _driver(handle: socket.socket, name: str) -> str | None:
    """The driver as ethtool knows it (struct ethtool_drvinfo of linux/ethtool.h)."""
    info = array.array("B", struct.pack("I192x", _ETHTOOL_GDRVINFO))
    address, _ = info.buffer_info()
    try:
        fcntl.ioctl(handle, _SIOCETHTOOL, struct.pack("16sP16x", os.fsencode(name), address))
    except OSError:
        return None  # the loopback and some others have no driver to speak of
    return info.tobytes()[4:36].split(b"\0")[0].decode("ascii", "replace") or None


def _passwd(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None


def _script_state(program: str, account: Account | None, secure: bool) -> ScriptState:
    """Whether the program can be run by the account; with ``secure``, whether only root can change it."""
    uid, gid, groups = _identity(account)
    if not may_become(uid, gid):
        return ScriptState.FOREIGN
    path = _find(program)
    if path is None:
        return ScriptState.MISSING
    try:
        status = Path(path).stat()
        if closed_folder(path, uid, _groups_looking(gid)) is not None:
            return ScriptState.CLOSED
    except (OSError, ValueError):
        return ScriptState.MISSING
    if not stat.S_ISREG(status.st_mode) or not executable(status, uid, groups):
        return ScriptState.NOT_EXECUTABLE
    if secure and _runs_as_root(status, uid, groups) and path_flaws(path):
        return ScriptState.INSECURE
    return ScriptState.GOOD


def _runs_as_root(status: os.stat_result, uid: int, groups: set[int]) -> bool:
    """Whether it gets root's rights, or those of the group root."""
    by_user = status.st_uid == 0 and bool(status.st_mode & stat.S_ISUID)
    by_group = status.st_gid == 0 and bool(status.st_mode & stat.S_ISGID)
    return uid == 0 or 0 in groups or by_user or by_group


def _find(program: str) -> str | None:
    """The file a command means: a bare name is looked for in PATH."""
    if "/" in program:
        return program
    for directory in os.environ.get("PATH", _PATH).split(":"):
        candidate = Path(directory or ".", program)
        if os.access(candidate, os.X_OK) and candidate.is_file():  # in this order: is_file() may be refused
            return str(candidate)
    return None


def _identity(account: Account | None) -> tuple[int, int, set[int]]:
    """User, group and all groups that a script runs as."""
    entry = _passwd(account.user if account else DEFAULT_USER)
    if entry is None:
        return os.geteuid(), os.getegid(), {os.getegid()}
    gid = entry.pw_gid
    if account is not None and account.group:
        with contextlib.suppress(KeyError):
            gid = grp.getgrnam(account.group).gr_gid
    groups = {gid}
    if account is not None and account.supplementary:
        groups.update(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return entry.pw_uid, gid, groups


def _groups_looking(gid: int) -> set[int]:
    """With which groups keepalived looks for a script: that of the script, and its own further ones."""
    return {gid, *os.getgroups()}


def _numbered_names(content: bytes) -> dict[str, int]:
    """Lines ``NUMBER NAME``, as iproute2 keeps them: the number decimal or with 0x, ``#`` for comments."""
    found: dict[str, int] = {}
    for line in content.decode(errors="surrogateescape").splitlines():
        words = line.partition("#")[0].split()
        if len(words) == 2:
            number = c_integer(words[0])
            if number is not None and number >= 0:
                found[words[1]] = number
    return found
