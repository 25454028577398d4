#!/usr/bin/env python3
"""A small Debian box for vagrant-libvirt made on this machine: for offline use, and for hosts without KVM.

    ../.venv/bin/python make_box.py [--out FOLDER] [--name pykeepalived-lab]     # as root; 4 minutes
    LAB_BOX=pykeepalived-lab vagrant up --provider=libvirt

The packages come from where this machine's apt gets its own. The guest's kernel is started directly,
unpacked and with an initial file system of 3 MB: emulated, that saves most of the boot. Everything that the
provisioning wants is inside, with the Python packages as wheels, so that the machines need no network.
Needs: mmdebstrap, qemu-utils, e2fsprogs, busybox-static, vagrant.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from pykeepalived.lab import hostpackages  # noqa: E402
from pykeepalived.lab.guest_qemu import FILE, FOLDER, PROGRAM, load_order, newc_archive  # noqa: E402
from pykeepalived.lab.kernels import elf_inside  # noqa: E402

PACKAGES = (
    # the system
    "systemd-sysv", "udev", "dbus", "kmod", "linux-image-amd64", "ifupdown", "isc-dhcp-client",
    "openssh-server", "sudo", "rsync", "libpam-systemd", "iproute2", "procps", "ca-certificates",
    # what provision.sh would install
    "python3", "python3-venv", "keepalived", "ipvsadm", "nftables",
)  # fmt: skip
SILENCED = ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_reap.service", "systemd-timesyncd.service",
            "ipvsadm.service", "keepalived.service", "man-db.timer")  # fmt: skip
DISK_GIB = 3

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /dev /new
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
cd /modules; while read module; do $b insmod $module; done < /modules/order; cd /
n=0; while [ ! -b /dev/vda ] && [ $n -lt 100 ]; do $b sleep 0.1; n=$((n+1)); done
$b mount -t ext4 -o rw /dev/vda /new
$b umount /proc
$b mount --move /dev /new/dev
exec $b switch_root /new /sbin/init
"""

# Read by Vagrant below the project's own Vagrantfile, which needs none of it.
BOX_VAGRANTFILE = """\
Vagrant.configure("2") do |config|
  config.vm.provider :libvirt do |v|
    v.kernel = File.expand_path("vmlinux", __dir__)
    v.initrd = File.expand_path("initrd", __dir__)
    v.cmd_line = "root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off"
    v.graphics_type = "none"
    v.video_type = "none"
    if ENV["LAB_TCG"] == "1"
      v.driver = "qemu"
      v.cpu_mode = "custom"
      v.cpu_model = "Nehalem"
    end
  end
end
"""

SET_UP = """\
set -e
cd "$1"
chroot . useradd -m -s /bin/bash vagrant
install -d -m 700 home/vagrant/.ssh
cp {key} home/vagrant/.ssh/authorized_keys
chmod 600 home/vagrant/.ssh/authorized_keys
chroot . chown -R vagrant:vagrant /home/vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' > etc/sudoers.d/vagrant
chmod 440 etc/sudoers.d/vagrant
echo '/dev/vda / ext4 rw,noatime,nobarrier 0 0' > etc/fstab
echo lab > etc/hostname
printf '127.0.0.1 localhost\\n127.0.1.1 lab dir1 dir2 rs1 rs2 client\\n' > etc/hosts
printf 'auto lo\\niface lo inet loopback\\nauto eth0\\niface eth0 inet dhcp\\n' > etc/network/interfaces
printf 'UseDNS no\\nGSSAPIAuthentication no\\n' > etc/ssh/sshd_config.d/lab.conf
for unit in {silenced}; do ln -sf /dev/null etc/systemd/system/$unit; done
rm -f etc/resolv.conf
"""


def run(*argv: str | Path) -> None:
    subprocess.run([str(word) for word in argv], check=True)


def vagrant_key() -> Path:
    """The well-known public key that Vagrant replaces or uses at its first login."""
    for pattern in ("usr/share/rubygems-integration/**/vagrant.pub", "opt/vagrant/**/vagrant.pub"):
        for found in sorted(Path("/").glob(pattern)):
            return found
    sys.exit("make_box: Vagrant's public key keys/vagrant.pub was not found; is vagrant installed?")


def make_root(scratch: Path) -> Path:
    root = scratch / "root"
    script = scratch / "set-up.sh"
    script.write_text(SET_UP.format(key=vagrant_key(), silenced=" ".join(SILENCED)))
    sources = [
        str(path)
        for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
        if path.is_file() and path.suffix in (".list", ".sources") and "debian" in path.read_text()
    ]
    run(
        "mmdebstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES),
        f"--customize-hook=sh {script} \"$1\"",
        "--aptopt=Acquire::Languages none", "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
        "bookworm", root, *sources,
    )  # fmt: skip
    return root


def put_wheels(root: Path) -> None:
    """Our dependencies, where provision.sh looks first."""
    wheels = root / "opt/pykeepalived-wheels"
    run(sys.executable, "-m", "pip", "wheel", "-q", "--wheel-dir", wheels, HERE.parent)
    for own in wheels.glob("pykeepalived-*.whl"):
        own.unlink()  # the machines build it from the synced folder
    run(sys.executable, "-m", "pip", "download", "-q", "-d", wheels, "hatchling>=1.24")


def put_kernel(root: Path, box: Path) -> None:
    modules = next((root / "lib/modules").iterdir())
    order = load_order(
        (modules / "modules.dep").read_text(), ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"]
    )
    busybox = Path(hostpackages.find("busybox") or "busybox")
    entries = [(name, FOLDER, b"") for name in ("dev", "bin", "modules")]
    entries += [("bin/busybox", PROGRAM, busybox.read_bytes()), ("init", PROGRAM, INIT.encode())]
    listing = "".join(f"{Path(path).name}\n" for path in order)
    entries.append(("modules/order", FILE, listing.encode()))
    entries += [(f"modules/{Path(path).name}", FILE, (modules / path).read_bytes()) for path in order]
    (box / "initrd").write_bytes(newc_archive(entries))
    packed = next((root / "boot").glob("vmlinuz-*")).read_bytes()
    (box / "vmlinux").write_bytes(elf_inside(packed))
    for initial in (root / "boot").glob("initrd*"):
        initial.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE / ".box", help="kept folder (default: %(default)s)")
    parser.add_argument("--name", default="pykeepalived-lab", help="of the box (default: %(default)s)")
    options = parser.parse_args()
    absent = [name for name in ("mmdebstrap", "qemu-img", "mke2fs", "vagrant") if not hostpackages.find(name)]
    if absent or not hostpackages.find("busybox"):
        print(
            f"make_box: missing: {', '.join(absent) or 'busybox'}; see the top of this file", file=sys.stderr
        )
        return 2
    box: Path = options.out
    shutil.rmtree(box, ignore_errors=True)
    box.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="pykeepalived-box-", dir="/var/tmp") as name:
        scratch = Path(name)
        root = make_root(scratch)
        put_wheels(root)
        put_kernel(root, box)
        disk = scratch / "disk.raw"
        run("mke2fs", "-q", "-t", "ext4", "-d", root, disk, f"{DISK_GIB}G")
        run("qemu-img", "convert", "-O", "qcow2", disk, box / "box.img")
    (box / "metadata.json").write_text(
        json.dumps({"provider": "libvirt", "format": "qcow2", "virtual_size": DISK_GIB})
    )
    (box / "Vagrantfile").write_text(BOX_VAGRANTFILE)
    archive = box.with_suffix(".tar")
    run("tar", "-C", box, "-cf", archive, ".")
    run("vagrant", "box", "add", "--force", "--name", options.name, archive)
    archive.unlink()
    shutil.rmtree(box)
    print(f"Box {options.name} is ready:  LAB_BOX={options.name} vagrant up --provider=libvirt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
