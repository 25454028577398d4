"""What is to run in the guest, and the script that prepares the guest's userland for it.

The script is the same for every kind of kernel: when it starts, ``/`` is already the host's tree,
read-only, under an overlay in memory. Only two places reach the host: the job's ``out`` folder, and a
small control folder through which the exit status comes back.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.lab import hostpackages

CONTROL = "/run/guest-control"
# Not /tmp itself: on what the host's root left there (pytest's folder, say) root in the guest has only the
# rights of whoever started it. Not below /run: directors of the lab have one of their own.
TEMPORARY = "/tmp/pykeepalived-in-guest"
STATUS_FILE = "exit-status"
UPTIME_FILE = "uptime-at-start"

# Variables of the caller that still mean something inside: the rest belongs to the host.
INHERITED = ("TERM", "COLUMNS", "LINES", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH", "NO_COLOR")

# Directories of the guest that the host's tree cannot provide.
USERLAND = """\
export PATH={path}
mount -n -t tmpfs run /run
mkdir -p {control} /run/lock /run/netns /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p -m 1777 {temporary}
mkdir -p /lib/modules
rm -rf "/lib/modules/$(uname -r)"
ln -s {modules} "/lib/modules/$(uname -r)"
# Every Debian machine has it; here it is a module that nothing else would load.
modprobe -q ipv6
{mount_control}
{mount_out}
hostname guest
ip link set lo up
stty {terminal}
export {environment}
cat /proc/uptime > {control}/{uptime_file}
cd {cwd} && {command}
echo $? > {control}/{status_file}
sync
# Not the poweroff program: which package brings it differs between machines, Python is here anyway.
exec {python} -c 'import ctypes; ctypes.CDLL(None).reboot({halt_code})'
"""

RESTART = 0x01234567
POWER_OFF = 0x4321FEDC


@dataclass(frozen=True, slots=True)
class GuestJob:
    """One command for one boot of the guest."""

    command: tuple[str, ...]
    """Empty: an interactive shell."""
    out: Path | None = None
    """The one folder of the host that the guest may write; ``$OUT`` inside."""
    cwd: Path = field(default_factory=Path.cwd)
    timeout_s: float = 900.0
    memory_mib: int = 1024
    environment: Mapping[str, str] = field(default_factory=dict)


def userland_script(
    job: GuestJob, *, modules: Path, mount_control: str, mount_out: str, halt_code: int
) -> str:
    """The shell script that the guest runs as root once its root file system stands."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment = (
        kept
        | {"HOME": "/root", "USER": "root", "IN_LAB_VM": "1", "TMPDIR": TEMPORARY}
        | dict(job.environment)
    )
    if job.out is not None:
        environment["OUT"] = str(job.out)
    return USERLAND.format(
        path=shlex.quote(hostpackages.search_path()),
        control=CONTROL,
        temporary=TEMPORARY,
        modules=shlex.quote(str(modules)),
        mount_control=mount_control,
        mount_out=f"mkdir -p {shlex.quote(str(job.out))}\n{mount_out}" if job.out else "",
        terminal="raw -echo" if job.command else "sane",
        environment=" ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items()),
        uptime_file=UPTIME_FILE,
        status_file=STATUS_FILE,
        cwd=shlex.quote(str(job.cwd)),
        command=shlex.join(job.command) if job.command else "setsid -c bash -i",
        python=shlex.quote(sys.executable),
        halt_code=f"{halt_code:#x}",
    )
