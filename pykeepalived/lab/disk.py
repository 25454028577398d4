"""Small disks of the directors' own, which can be full, slow, or not answer at all.

A disk is an image of 16 MiB with ext4, mounted through a loop device; the director has it as ``/run``.
"Hung" is the kernel's own freezing of a file system (``FIFREEZE``): whoever writes waits, uninterruptibly,
until it is thawed.

All of it is done by a keeper, a process of its own, that puts everything right and unmounts when its input
ends, so that a lab that is killed leaves no frozen file system behind.

    python -m pykeepalived.lab.disk FOLDER     # then lines: make a | full a | hung a | slow a | fine a
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pykeepalived.lab import hostpackages
from pykeepalived.lab.netns import LabError, run

FIFREEZE, FITHAW = 0xC0045877, 0xC0045878
SIZE = 16 << 20
FILLER = "filler"
# A slow disk answers for a tenth of each second.
SLOW_FROZEN_S, SLOW_THAWED_S = 0.9, 0.1
PROGRAMS = ("mkfs.ext4", "mount", "umount")


class DiskState(StrEnum):
    FINE = "fine"
    FULL = "full"
    SLOW = "slow"
    HUNG = "hung"


def supported() -> bool:
    """Whether this kernel and this user can make such disks."""
    if os.geteuid() != 0 or hostpackages.missing(PROGRAMS):
        return False
    subprocess.run(["modprobe", "-q", "-a", "loop", "ext4"], capture_output=True, check=False)
    systems = Path("/proc/filesystems").read_text().split()
    return "ext4" in systems and Path("/dev/loop-control").exists()


class Disks:
    """The lab's side: one keeper for all disks of a site."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        source = str(Path(__file__).parents[2])
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "pykeepalived.lab.disk", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ) | {"PYTHONPATH": source},
            start_new_session=True,  # a Ctrl-C is for the lab, which then closes this one in order
        )

    def make(self, name: str) -> Path:
        """A new, empty disk; return where it is mounted. An older one of that name is gone."""
        self._tell("make", name)
        return self._folder / name

    def set(self, name: str, state: DiskState) -> None:
        self._tell(state, name)

    def close(self) -> None:
        """Everything is right again, and unmounted."""
        self._keeper.communicate()

    def _tell(self, verb: str, name: str) -> None:
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        try:
            self._keeper.stdin.write(f"{verb} {name}\n")
            self._keeper.stdin.flush()
        except BrokenPipeError as error:
            raise LabError("the keeper of the disks is gone") from error
        answer = self._keeper.stdout.readline().strip()
        if answer != "ok":
            raise LabError(f"disk of {name}: {answer or 'its keeper is gone'}")


class Disk:
    """One mounted image, in the keeper."""

    def __init__(self, image: Path, mounted: Path) -> None:
        self._image, self._mounted = image, mounted
        image.parent.mkdir(parents=True, exist_ok=True)
        with image.open("wb") as file:
            file.truncate(SIZE)
        mkfs = hostpackages.find("mkfs.ext4") or "mkfs.ext4"
        run([mkfs, "-q", "-F", "-m", "0", "-O", "^has_journal,^resize_inode", str(image)])
        mounted.mkdir(parents=True, exist_ok=True)
        run(["mount", "-n", "-t", "ext4", "-o", "loop,noatime", str(image), str(mounted)])
        self._folder = os.open(mounted, os.O_RDONLY | os.O_DIRECTORY)
        self._frozen = False
        self.state = DiskState.FINE
        self.next_at = 0.0

    def set(self, state: DiskState) -> None:
        self._freeze(False)
        if self.state is DiskState.FULL:
            os.unlink(FILLER, dir_fd=self._folder)
        self.state = state
        if state is DiskState.FULL:
            self._fill()
        elif state is not DiskState.FINE:
            self._freeze(True)
            self.next_at = time.monotonic() + SLOW_FROZEN_S

    def beat(self, now: float) -> None:
        """The next half of a slow disk's second, when it is due."""
        if self.state is DiskState.SLOW and now >= self.next_at:
            self._freeze(not self._frozen)
            self.next_at = now + (SLOW_FROZEN_S if self._frozen else SLOW_THAWED_S)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # somebody thawed it by hand
            self._freeze(False)
        os.close(self._folder)
        # Lazily: a director may still have it.
        subprocess.run(["umount", "-n", "-l", self._mounted], capture_output=True, check=False)
        self._image.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._mounted.rmdir()

    def _freeze(self, wanted: bool) -> None:
        if wanted != self._frozen:
            fcntl.ioctl(self._folder, FIFREEZE if wanted else FITHAW, 0)
            self._frozen = wanted

    def _fill(self) -> None:
        filler = os.open(FILLER, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=self._folder)
        try:
            for size in (1 << 20, 1 << 12, 1 << 9):  # a large write may find no room where a small one does
                with _until_full():
                    while True:
                        os.write(filler, bytes(size))
                        os.fsync(filler)
        finally:
            os.close(filler)


@contextlib.contextmanager
def _until_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


class Keeper:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disks: dict[str, Disk] = {}

    def serve(self) -> None:
        rest = b""
        try:
            while True:
                slow = any(disk.state is DiskState.SLOW for disk in self._disks.values())
                if select.select([0], [], [], 0.02 if slow else None)[0]:
                    data = os.read(0, 4096)
                    if not data:
                        return
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        print(self._obey(*line.decode().split()), flush=True)
                for disk in self._disks.values():
                    disk.beat(time.monotonic())
        finally:
            for disk in self._disks.values():
                disk.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _obey(self, verb: str, name: str) -> str:
        try:
            if verb == "make":
                if name in self._disks:
                    self._disks.pop(name).close()
                self._disks[name] = Disk(self._folder / "images" / name, self._folder / name)
            else:
                self._disks[name].set(DiskState(verb))
        except KeyError:
            return "there is none"
        except (OSError, LabError) as error:
            return " ".join(str(error).split())
        return "ok"


if __name__ == "__main__":
    Keeper(Path(sys.argv[1])).serve()
