"""Small things that only the operating system can do for a process: identity, ties, limits, namespaces."""

from __future__ import annotations

import contextlib
import ctypes
import grp
import os
import pwd
import resource
import signal

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.config.values import Account
from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.kernel.namespaces import remember_initial

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
CLONE_NEWNET = 0x40000000
DEFAULT_SCRIPT_USER = "keepalived_script"
ROOT = ScriptUser()

_libc = ctypes.CDLL(None, use_errno=True)


class UnknownAccountError(PykeepalivedError):
    """A user or group that this host does not know."""


def set_name(name: str) -> None:
    """What ps, pgrep and the kernel call this process (at most 15 bytes)."""
    _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def die_with_parent(parent: int) -> bool:
    """Have the kernel send SIGTERM when ``parent`` dies; False when it is dead already."""
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    return os.getppid() == parent


def enter_network_namespace(name: str) -> None:
    """Move this process into a namespace made by ``ip netns``; OSError when there is none."""
    remember_initial()
    fd = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(fd, CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(fd)


def lift_core_limit() -> None:
    """-m: as much core dump as the hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def script_user(account: Account | None, default: ScriptUser | None = None) -> ScriptUser:
    """Numeric identity of a configured account.

    Without one: ``default`` (the bound script_user), else the user keepalived_script, else root.
    UnknownAccountError when the account does not exist here.
    """
    if account is None:
        return default if default is not None else default_script_user()
    try:
        entry = pwd.getpwnam(account.user)
    except KeyError:
        raise UnknownAccountError(f"user '{account.user}' does not exist on this host") from None
    gid = entry.pw_gid
    if account.group is not None:
        try:
            gid = grp.getgrnam(account.group).gr_gid
        except KeyError:
            raise UnknownAccountError(f"group '{account.group}' does not exist on this host") from None
    groups: tuple[int, ...] = (gid,)
    if account.supplementary:
        groups = tuple(os.getgrouplist(account.user, gid))
    return ScriptUser(entry.pw_uid, gid, groups)


def default_script_user(*, all_groups: bool = False) -> ScriptUser:
    """keepalived_script when this host has such a user, else root.

    ``all_groups`` is set_supplementary_groups: with the supplementary groups of that user.
    """
    for name in (DEFAULT_SCRIPT_USER, "root") if all_groups else (DEFAULT_SCRIPT_USER,):
        with contextlib.suppress(UnknownAccountError):
            return script_user(Account(name, supplementary=all_groups))
    return ROOT
