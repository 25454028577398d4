"""Kernels with IPVS for the throw-away guest, taken from Debian packages into a cache of the user's own.

Nothing is installed and the host's /boot is not touched: the package is downloaded with ``apt-get
download`` (any user may), unpacked beside its final place and renamed into it, so that a run that was
stopped half-way leaves nothing behind that looks ready.
"""

from __future__ import annotations

import enum
import fcntl
import lzma
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.lab import hostpackages

# Raised when what is kept of a package changes; an older cache is then made anew.
CACHE_FORMAT = "2"

# What the guest needs of the 5,000 modules of a Debian kernel; 9p and virtio are for QEMU only.
KEPT_MODULES = (
    "net", "lib", "crypto", "arch/x86/crypto",
    "fs/overlayfs", "fs/9p", "fs/netfs", "fs/fscache", "fs/ext4", "fs/jbd2", "fs/mbcache.ko",
    "drivers/net", "drivers/virtio", "drivers/char/virtio_console.ko", "drivers/block/loop.ko",
)  # fmt: skip
KEPT_FILES = ("modules.order", "modules.builtin", "modules.builtin.modinfo")


class GuestKind(enum.StrEnum):
    """UML: a kernel that is an ordinary process, no KVM, one CPU. QEMU: Debian's own kernel, emulated."""

    UML = "uml"
    QEMU = "qemu"


class KernelUnavailableError(PykeepalivedError):
    """No kernel could be brought; the message holds what the package tools said."""


@dataclass(frozen=True, slots=True)
class GuestKernel:
    kind: GuestKind
    image: Path
    """The ELF file to start."""
    modules: Path
    """``lib/modules/VERSION`` in the cache."""


def cache_root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "pykeepalived" / "guest"


def cached(kind: GuestKind, root: Path | None = None) -> GuestKernel | None:
    """The kernel that an earlier run left in the cache, or None."""
    home = (root or cache_root()) / kind
    stamp = home / "format"
    if not stamp.exists() or stamp.read_text() != CACHE_FORMAT:
        return None
    return GuestKernel(kind, home / "boot" / "kernel", next((home / "lib" / "modules").iterdir()))


def prepare(kind: GuestKind, say: Callable[[str], None], root: Path | None = None) -> GuestKernel:
    """The kernel of this kind, brought first when the cache has none. ``say`` gets progress, one line a call.

    Safe to call from several processes at once: one brings it, the others wait.
    Raises :class:`KernelUnavailableError` or :class:`hostpackages.MissingProgramsError`.
    """
    if ready := cached(kind, root):
        return ready
    home = root or cache_root()
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home / f".{kind}.lock"):
        if ready := cached(kind, root):
            return ready
        hostpackages.require(("apt-get", "dpkg-deb", "depmod"), say)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f".{kind}-", dir=home) as scratch:
            package = _download(_package(kind), Path(scratch), home, say)
            say(f"unpacking {package.name}")
            made = _unpack(kind, package, Path(scratch))
            if (home / kind).exists():
                # Guests that run now load their modules from that path: it must not be empty for long.
                (home / kind).rename(Path(scratch) / "old")
            made.rename(home / kind)
        say(f"guest kernel ready in {time.monotonic() - started:.0f} s, kept in {home / kind}")
    kernel = cached(kind, root)
    assert kernel is not None
    return kernel


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _package(kind: GuestKind) -> str:
    if kind is GuestKind.UML:
        return "user-mode-linux"
    listed = subprocess.run(
        ["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=False
    )
    for word in listed.stdout.split():
        if word.startswith("linux-image-") and word != "linux-image-amd64":
            return word
    return "linux-image-amd64"  # lets apt say in its own words what is wrong


def _download(package: str, scratch: Path, home: Path, say: Callable[[str], None]) -> Path:
    """Fetch the package; when apt has no lists yet, bring those too (the user's own copy unless root)."""
    own_lists = home / "apt"
    private = [
        "-o", f"Dir::State::lists={own_lists}/lists",
        "-o", f"Dir::Cache={own_lists}/cache",
        "-o", f"APT::Sandbox::User={'_apt' if os.geteuid() == 0 else ''}",
    ]  # fmt: skip
    said = ""
    for options in ([], [] if os.geteuid() == 0 else private):
        if options or said:
            say("reading the package lists")
            (own_lists / "lists" / "partial").mkdir(parents=True, exist_ok=True)
            (own_lists / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "-q", *options, "update"], capture_output=True, check=False)
        # As root apt changes to another user for downloads, who must be able to enter the folder.
        scratch.chmod(0o755)
        running = subprocess.Popen(
            ["apt-get", "-q", *options, "download", package],
            cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while running.poll() is None:
            size = sum(f.stat().st_size for f in scratch.glob("*.deb*"))
            say(f"downloading {package}: {size / 1e6:.0f} MB")
            try:
                running.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
        said = (running.stderr.read() if running.stderr else "").strip()
        if running.returncode == 0:
            return next(scratch.glob("*.deb"))
    raise KernelUnavailableError(
        f"apt-get cannot download the package {package}: {said[-600:]}\n"
        "It is in Debian's main archive; check /etc/apt/sources.list and the network."
    )


def _unpack(kind: GuestKind, package: Path, scratch: Path) -> Path:
    """Lay out ``boot/kernel``, ``lib/modules/VERSION`` and the stamp under a folder of scratch; return it."""
    raw, made = scratch / "raw", scratch / "made"
    subprocess.run(["dpkg-deb", "-x", str(package), str(raw)], check=True)
    inside = "usr/lib/uml/modules" if kind is GuestKind.UML else "lib/modules"
    source = next((raw / inside).iterdir())
    target = made / "lib" / "modules" / source.name
    for part in KEPT_MODULES:
        taken, put = source / "kernel" / part, target / "kernel" / part
        if taken.is_dir():
            shutil.copytree(taken, put)
        elif taken.exists():
            put.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(taken, put)
    for name in KEPT_FILES:
        if (source / name).exists():
            shutil.copy(source / name, target / name)
    depmod = hostpackages.find("depmod") or "depmod"
    subprocess.run([depmod, "-b", str(made), source.name], check=True)
    (made / "boot").mkdir()
    if kind is GuestKind.UML:
        shutil.copy(raw / "usr/bin/linux.uml", made / "boot/kernel")
    else:
        packed = next((raw / "boot").glob("vmlinuz-*")).read_bytes()
        (made / "boot/kernel").write_bytes(elf_inside(packed))
    (made / "format").write_text(CACHE_FORMAT)
    shutil.rmtree(raw)
    return made


def elf_inside(packed: bytes) -> bytes:
    """The ELF kernel inside a bzImage that was packed with xz.

    Unpacking it in the emulated guest would take longer than the rest of the boot; QEMU starts the ELF
    directly by the entry point that it names for that (PVH).
    """
    start = packed.find(b"\xfd7zXZ\0")
    if start < 0:
        raise KernelUnavailableError("this kernel image is not packed with xz")
    return lzma.LZMADecompressor().decompress(packed[start:])
