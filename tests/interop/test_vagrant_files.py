"""vagrant/ as far as it can be tested without machines: Vagrant's own check, and what set-up.sh writes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text

pytestmark = pytest.mark.interop
FOLDER = Path(__file__).parents[2] / "vagrant"
MODES = ("nat", "dr", "tun", "fullnat")


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    dot = {"VAGRANT_HOME": str(tmp_path / "home"), "VAGRANT_DOTFILE_PATH": str(tmp_path / "dot")}
    return os.environ | dot | more


@pytest.mark.parametrize("more", [{}, {"MODE": "dr", "LAB_TCG": "1", "LAB_BOX": "another"}])
def test_vagrant_finds_nothing_wrong(tmp_path: Path, more: dict[str, str]) -> None:
    done = subprocess.run(
        ["vagrant", "validate", "--ignore-provider"],
        cwd=FOLDER, env=environment(tmp_path, **more), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "validated successfully" in done.stdout


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        ["vagrant", "validate", "--ignore-provider"],
        cwd=FOLDER, env=environment(tmp_path, MODE="router"), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert "nat, dr, tun and fullnat are known" in done.stdout + done.stderr


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_well_formed(script: Path) -> None:
    shell = "bash" if "bash" in script.read_text().splitlines()[0] else "dash"

    assert subprocess.run([shell, "-n", script], check=False).returncode == 0


def director_file(mode: str, name: str) -> str:
    return subprocess.run(
        ["sh", FOLDER / "set-up.sh", mode, "print", name, "eth1", "eth2"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_the_directors_files_are_right(mode: str) -> None:
    first, second = (load_text(director_file(mode, name)) for name in ("dir1", "dir2"))

    assert (first.errors, second.errors) == ((), ())
    assert 150 == first.config.vrrp_instances[0].priority
    assert 100 == second.config.vrrp_instances[0].priority
    (service,) = first.config.virtual_servers
    assert {"nat": "NAT", "fullnat": "NAT", "dr": "DR", "tun": "TUN"}[mode] == (
        service.lb_kind.method if service.lb_kind else None
    )
    assert (mode == "fullnat") == (service.source_nat is not None)
    assert 2 == len(service.real_servers)


@pytest.mark.parametrize(
    ("provider", "program", "words"),
    [
        ("libvirt", "virsh", "--quiet --connect qemu:///system suspend 4711"),
        ("virtualbox", "VBoxManage", "controlvm 4711 pause"),
    ],
)
def test_a_machine_is_suspended_by_its_provider(
    provider: str, program: str, words: str, tmp_path: Path
) -> None:
    script = tmp_path / "suspend.sh"
    script.write_text((FOLDER / "suspend.sh").read_text())
    identity = tmp_path / f".vagrant/machines/dir1/{provider}/id"
    identity.parent.mkdir(parents=True)
    identity.write_text("4711")
    (tmp_path / program).write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / program).chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"

    said = subprocess.run(
        ["sh", script, "dir1", "suspend"],
        env={"PATH": path}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert words == said.strip()
