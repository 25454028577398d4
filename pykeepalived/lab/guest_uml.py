"""User-mode Linux: the guest's kernel is an ordinary process of the calling user.

One CPU, HZ=100, Python near native speed. Not a border of security: root in the guest could remount the
host's tree writable with the rights of the user who started it.
"""

from __future__ import annotations

import os
import random
import resource
import shlex
from pathlib import Path

from pykeepalived.lab.guest_job import CONTROL, POWER_OFF, GuestJob, userland_script
from pykeepalived.lab.kernels import GuestKernel

PROGRAMS = ("depmod", "ip")

# The mount table of the host's /etc cannot be written, hence -n until /run is ours.
INIT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -n -t proc proc /proc
mount -n -t sysfs sysfs /sys
insmod {overlay}
mount -n -t tmpfs -o size=70% memory /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -n -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work root /mnt/root
for here in proc sys dev; do mount -n --move /$here /mnt/root/$here; done
cp {script} /mnt/root/.guest
exec chroot /mnt/root /bin/sh /.guest </mnt/root/dev/tty0 >/mnt/root/dev/tty0 2>&1
"""


def command_line(job: GuestJob, kernel: GuestKernel, scratch: Path) -> list[str]:
    """Write what the boot needs into ``scratch`` (which is also the control folder); return the argv."""
    script, init = scratch / "script", scratch / "init"
    out = str(job.out)
    script.write_text(
        userland_script(
            job,
            modules=kernel.modules,
            mount_control=shlex.join(["mount", "-t", "hostfs", "control", CONTROL, "-o", str(scratch)]),
            mount_out=shlex.join(["mount", "-t", "hostfs", "out", out, "-o", out]),
            halt_code=POWER_OFF,
        )
    )
    overlay = kernel.modules / "kernel/fs/overlayfs/overlay.ko"
    init.write_text(INIT.format(overlay=shlex.quote(str(overlay)), script=shlex.quote(str(script))))
    init.chmod(0o755)
    # A null device cannot be polled, so a job without a terminal gets no input at all.
    console = "con0=null,fd:1" if job.command else "con0=fd:0,fd:1"
    return [
        str(kernel.image),
        f"mem={job.memory_mib}M",
        "rootfstype=hostfs", "rootflags=/", "ro", f"init={init}", f"uml_dir={scratch}",
        "con=null", console, "console=ttyS0", "ssl=null", "ssl0=null,fd:2",
    ]  # fmt: skip


def before_start() -> None:
    """In the new process: one processor, and as many open files as the user may have.

    Every file that the guest has open is open on the host too: an ordinary user's 1024 do not last.
    """
    pin_to_one_cpu()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pin_to_one_cpu() -> None:
    """Keep this process and its children on one CPU.

    The guest is one host process per guest process, and every system call is a hand-over between two of
    them: across CPUs the same work took twice the CPU time.
    """
    os.sched_setaffinity(0, {random.choice(sorted(os.sched_getaffinity(0)))})
