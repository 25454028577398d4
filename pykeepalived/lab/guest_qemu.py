"""QEMU: Debian's own kernel, several CPUs, every module users have; slow without hardware support.

The choices below each took seconds off an emulated boot or cured a hang of it; the comment says which.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shlex
import time
from collections.abc import Iterable
from pathlib import Path

from pykeepalived.lab import hostpackages
from pykeepalived.lab.guest_job import CONTROL, RESTART, GuestJob, userland_script
from pykeepalived.lab.kernels import GuestKernel

PROGRAMS = ("qemu-system-x86_64", "busybox", "depmod", "ip")
BOOT_MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")
SHARE = "trans=virtio,version=9p2000.L,msize=524288"

INIT = """\
#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /dev /lower /memory /root
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
while read module; do $b insmod /modules/$module; done < /modules/order
$b mount -t 9p -o {share},ro,cache=loose root /lower
$b mount -t tmpfs -o size=70% memory /memory
$b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work root /root || $b reboot -f
for here in proc sys dev; do $b mount --move /$here /root/$here; done
$b cp /script /root/.guest
exec $b switch_root /root /bin/sh /.guest </root/dev/hvc0 >/root/dev/hvc0 2>&1
"""

FILE, PROGRAM, FOLDER = 0o100644, 0o100755, 0o040755


def command_line(job: GuestJob, kernel: GuestKernel, scratch: Path) -> list[str]:
    """Write the initial file system into ``scratch`` (also the control folder); return QEMU's argv.

    Emulates unless the environment says ``PYKEEPALIVED_KVM=1``: that /dev/kvm opens does not mean that it
    works (nested virtualisation often accepts the machine and then hangs).
    """
    script = userland_script(
        job,
        modules=kernel.modules,
        mount_control=f"mount -t 9p -o {SHARE} control {CONTROL}",
        mount_out=f"mount -t 9p -o {SHARE} out {shlex.quote(str(job.out))}",
        halt_code=RESTART,  # with -no-reboot QEMU ends; powering off would need ACPI
    )
    boot = load_order((kernel.modules / "modules.dep").read_text(), BOOT_MODULES)
    entries = [(name, FOLDER, b"") for name in ("bin", "modules")]
    entries += [
        ("bin/busybox", PROGRAM, Path(hostpackages.find("busybox") or "busybox").read_bytes()),
        ("init", PROGRAM, INIT.format(share=SHARE).encode()),
        ("script", FILE, script.encode()),
        ("modules/order", FILE, "".join(f"{Path(path).name}\n" for path in boot).encode()),
    ]
    entries += [(f"modules/{Path(path).name}", FILE, (kernel.modules / path).read_bytes()) for path in boot]
    (scratch / "initrd").write_bytes(newc_archive(entries))
    shares = {"root": Path("/"), "control": scratch} | ({"out": job.out} if job.out else {})
    kvm = os.environ.get("PYKEEPALIVED_KVM") == "1"
    return [
        "qemu-system-x86_64",
        # Emulated, a small CPU model boots faster than the largest one.
        *(["-accel", "kvm", "-cpu", "host"] if kvm else ["-accel", "tcg,thread=multi", "-cpu", "Nehalem"]),
        # q35 without its devices: as fast to start as the microvm machine, but with reliable timers.
        "-M", "q35,sata=off,smbus=off,usb=off,vmport=off,i8042=off",
        "-smp", "2", "-m", str(job.memory_mib),
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-kernel", str(kernel.image), "-initrd", str(scratch / "initrd"),
        "-append", kernel_options(emulated=not kvm),
        "-serial", f"file:{scratch / 'kernel-log'}",
        "-chardev", "stdio,id=console,signal=off",
        "-device", "virtio-serial-pci", "-device", "virtconsole,chardev=console",
        *(word for tag, path in shares.items() if path for word in share_options(tag, path)),
    ]  # fmt: skip


def kernel_options(*, emulated: bool) -> str:
    options = "console=ttyS0 panic=-1 reboot=t,f nokaslr mitigations=off cryptomgr.notests"
    if emulated:
        # On a busy host the emulated kernel cannot measure the time-stamp counter and may hang: tell it.
        options += f" tsc=reliable tsc_early_khz={tsc_khz()}"
    return options


def share_options(tag: str, path: Path) -> list[str]:
    read_only = ",readonly=on" if tag == "root" else ""
    return [
        "-fsdev", f"local,id={tag},path={path},security_model=none,multidevs=remap{read_only}",
        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
    ]  # fmt: skip


def load_order(modules_dep: str, wanted: Iterable[str]) -> list[str]:
    """Module files to insert for the wanted names, each after what it needs; built-in ones left out."""
    needs = {
        path: rest.split() for path, _, rest in (line.partition(":") for line in modules_dep.splitlines())
    }
    path_of = {Path(path).name.split(".ko")[0].replace("-", "_"): path for path in needs}
    order: dict[str, None] = {}
    for name in wanted:
        path = path_of.get(name.replace("-", "_"))
        if path is not None:
            # depmod lists the needs of a module nearest first
            order.update(dict.fromkeys([*reversed(needs[path]), path]))
    return list(order)


def newc_archive(entries: Iterable[tuple[str, int, bytes]]) -> bytes:
    """A cpio archive in the "newc" form that the kernel unpacks; entries are (name, mode, content)."""
    archive = bytearray()
    for inode, (name, mode, content) in enumerate([*entries, ("TRAILER!!!", 0, b"")], start=1):
        encoded = name.encode() + b"\0"
        header = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
        archive += b"070701" + b"".join(b"%08x" % number for number in header) + encoded
        archive += b"\0" * (-len(archive) % 4) + content
        archive += b"\0" * (-len(archive) % 4)
    return bytes(archive)


def tsc_khz(interval_s: float = 0.05) -> int:
    """The rate of the host's time-stamp counter, measured; an emulated guest sees the same counter."""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # rdtsc; shl rdx, 32; or rax, rdx; ret
    page.write(bytes((0x0F, 0x31, 0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xD0, 0xC3)))
    read_counter = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    counter, clock_ns = read_counter(), time.monotonic_ns()
    time.sleep(interval_s)
    ticks: int = read_counter() - counter
    elapsed_ns = time.monotonic_ns() - clock_ns
    return round(ticks * 1_000_000 / elapsed_ns)
