import io
import lzma
import subprocess
from pathlib import Path

import pytest

from pykeepalived.lab import guest_qemu, guest_uml, hostpackages, kernels
from pykeepalived.lab.guest_job import GuestJob, userland_script
from pykeepalived.lab.kernels import GuestKernel, GuestKind

DEP = """\
kernel/fs/9p/9p.ko: kernel/fs/netfs/netfs.ko kernel/net/9p/9pnet.ko kernel/fs/fscache/fscache.ko
kernel/net/9p/9pnet.ko:
kernel/fs/netfs/netfs.ko: kernel/fs/fscache/fscache.ko
kernel/fs/fscache/fscache.ko:
kernel/fs/overlayfs/overlay.ko:
"""


class TestLoadOrder:
    def test_a_module_comes_after_what_it_needs(self) -> None:
        order = guest_qemu.load_order(DEP, ["9p"])

        assert order[-1] == "kernel/fs/9p/9p.ko"
        assert order.index("kernel/fs/fscache/fscache.ko") < order.index("kernel/fs/netfs/netfs.ko")

    def test_a_need_of_two_modules_comes_once(self) -> None:
        order = guest_qemu.load_order(DEP, ["9pnet", "9p", "overlay"])

        assert len(order) == len(set(order)) == 5

    def test_what_is_built_into_the_kernel_is_left_out(self) -> None:
        assert guest_qemu.load_order(DEP, ["virtio_pci"]) == []


def test_the_initial_file_system_is_an_archive_that_cpio_reads(tmp_path: Path) -> None:
    archive = guest_qemu.newc_archive(
        [
            ("bin", guest_qemu.FOLDER, b""),
            ("bin/tool", guest_qemu.PROGRAM, b"#!x\n"),
            ("odd", guest_qemu.FILE, b"abc"),
        ]
    )
    if hostpackages.find("cpio"):
        subprocess.run(["cpio", "-id", "--quiet"], input=archive, cwd=tmp_path, check=True)

        assert (tmp_path / "bin/tool").read_bytes() == b"#!x\n"
        assert (tmp_path / "odd").read_bytes() == b"abc"
    assert archive.startswith(b"070701")
    assert b"TRAILER!!!" in archive
    assert len(archive) % 4 == 0


class TestUserlandScript:
    def script(self, job: GuestJob) -> str:
        return userland_script(job, modules=Path("/m/6.1"), mount_control="MC", mount_out="MO", halt_code=1)

    def test_words_of_the_command_stay_words(self, tmp_path: Path) -> None:
        result = tmp_path / "seen"
        command = ("sh", "-c", f'printf "%s|" "$@" >{result}', "-", "two words", "$HOME", "'")
        line = next(line for line in self.script(GuestJob(command)).splitlines() if "two words" in line)

        subprocess.run(["sh", "-c", line], check=True)

        assert result.read_text() == "two words|$HOME|'|"

    def test_the_out_folder_is_mounted_and_named(self) -> None:
        with_out = self.script(GuestJob(("true",), out=Path("/tmp/out folder")))

        assert "MO" in with_out
        assert "OUT='/tmp/out folder'" in with_out

    def test_without_one_nothing_is_mounted(self) -> None:
        assert "MO" not in self.script(GuestJob(("true",)))

    def test_the_shell_accepts_it(self) -> None:
        done = subprocess.run(["sh", "-n"], input=self.script(GuestJob(("true",))), text=True, check=False)

        assert done.returncode == 0


def test_uml_gets_its_script_and_no_input(tmp_path: Path) -> None:
    kernel = GuestKernel(GuestKind.UML, Path("/k/linux"), Path("/k/lib/modules/6.1"))

    argv = guest_uml.command_line(GuestJob(("true",), memory_mib=512), kernel, tmp_path)

    assert argv[0] == "/k/linux"
    assert "mem=512M" in argv
    assert "con0=null,fd:1" in argv
    assert str(tmp_path / "script") in (tmp_path / "init").read_text()


class TestKernelCache:
    def test_an_empty_cache_has_no_kernel(self, tmp_path: Path) -> None:
        assert kernels.cached(GuestKind.UML, tmp_path) is None

    def test_a_cache_of_an_older_format_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "uml").mkdir()
        (tmp_path / "uml/format").write_text("0")

        assert kernels.cached(GuestKind.UML, tmp_path) is None

    def test_a_ready_one_is_taken_without_any_command(self, tmp_path: Path) -> None:
        (tmp_path / "uml/lib/modules/6.1.0").mkdir(parents=True)
        (tmp_path / "uml/format").write_text(kernels.CACHE_FORMAT)

        kernel = kernels.prepare(GuestKind.UML, pytest.fail, tmp_path)

        assert kernel.modules.name == "6.1.0"

    def test_the_elf_inside_a_packed_kernel_is_found(self) -> None:
        image = io.BytesIO()
        image.write(b"setup code")
        image.write(lzma.compress(b"\x7fELF kernel", format=lzma.FORMAT_XZ))
        image.write(b"trailer")

        assert kernels.elf_inside(image.getvalue()) == b"\x7fELF kernel"

    def test_a_kernel_packed_otherwise_is_said_to_be(self) -> None:
        with pytest.raises(kernels.KernelUnavailableError, match="not packed with xz"):
            kernels.elf_inside(b"something else")


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostpackages, "find", lambda program: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(hostpackages.MissingProgramsError) as caught:
        hostpackages.require(("depmod", "ip"), pytest.fail)

    assert "lacks depmod, ip" in str(caught.value)
    assert "sudo apt-get install" in str(caught.value)
    assert "iproute2 kmod" in str(caught.value)
