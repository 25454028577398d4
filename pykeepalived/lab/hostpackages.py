"""Programs of the host that the lab calls, and the Debian package that brings each.

Said once here, so that the Makefile, the guest and the demo name the same packages in the same words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable

from pykeepalived.base.errors import PykeepalivedError

# Ordinary users often have no sbin in PATH, where half of these programs live.
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"

PACKAGE_OF = {
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    "depmod": "kmod",
    "ip": "iproute2",
    "busybox": "busybox-static",
    "qemu-system-x86_64": "qemu-system-x86",
    "ipvsadm": "ipvsadm",
    "nft": "nftables",
    "keepalived": "keepalived",
    "mkfs.ext4": "e2fsprogs",
}


class MissingProgramsError(PykeepalivedError):
    """Programs that the host lacks; the message says which package brings each and how to install them."""


def search_path() -> str:
    """PATH with the system directories added at its end."""
    return os.environ.get("PATH", "/usr/bin:/bin") + ":" + SBIN


def find(program: str) -> str | None:
    """The program's full path, also when it lives in a system directory outside PATH."""
    return shutil.which(program, path=search_path())


def missing(programs: Iterable[str]) -> list[str]:
    return [program for program in programs if find(program) is None]


def install_command(programs: Iterable[str]) -> list[str]:
    packages = sorted({PACKAGE_OF[program] for program in programs})
    return ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]


def require(programs: Iterable[str], say: Callable[[str], None]) -> None:
    """Make sure that the programs are there: root installs what is missing, others are told what to do.

    Raises :class:`MissingProgramsError`.
    """
    absent = missing(programs)
    if not absent:
        return
    command = install_command(absent)
    packages = " ".join(command[5:])
    if os.geteuid() == 0 and find("apt-get"):
        say(f"Installing {packages} (for {', '.join(absent)}) ...")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for attempt in (command, ["apt-get", "update", "-q"], command):
            done = subprocess.run(attempt, env=environment, capture_output=True, text=True, check=False)
            if not missing(absent):
                return
        raise MissingProgramsError(f"Could not install {packages}:\n{done.stderr.strip()[-800:]}")
    raise MissingProgramsError(
        f"This machine lacks {', '.join(absent)}. Install the Debian packages with:\n"
        f"    sudo {' '.join(command)}"
    )
