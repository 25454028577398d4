from pathlib import Path

from pykeepalived.config.load import load_text
from pykeepalived.lab import standins


def prepared(tmp_path: Path, text: str) -> standins.StandIns:
    return standins.prepare("a", load_text(text).config, tmp_path)


def script(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_scripts_at_any_depth_are_covered(tmp_path: Path) -> None:
    check, notify = script(tmp_path, "check.sh"), script(tmp_path, "notify.sh")
    found = prepared(
        tmp_path,
        f'vrrp_script c {{\n script "{check} 80"\n}}\n'
        f"vrrp_instance i {{\n interface eth0\n virtual_router_id 7\n notify_master {notify}\n}}\n",
    )

    assert {str(check), str(notify)} == set(found.covered)
    assert f"mount -n --bind '{tmp_path}/a-stand-in.sh' '{check}'" in found.shell()


def test_an_interpreter_is_left_and_named(tmp_path: Path) -> None:
    found = prepared(tmp_path, 'vrrp_script c {\n script "/bin/sh -c true"\n}\n')

    assert ((), ("/bin/sh",)) == (found.covered, found.left)


def test_a_script_that_is_not_there_cannot_be_covered_and_is_named(tmp_path: Path) -> None:
    found = prepared(tmp_path, f"vrrp_script c {{\n script {tmp_path}/none.sh\n}}\n")

    assert ((), (f"{tmp_path}/none.sh",)) == (found.covered, found.absent)


def test_calls_are_read_back(tmp_path: Path) -> None:
    prepared(tmp_path, "")
    (tmp_path / "a-scripts.log").write_text("1700000000.5 /etc/notify.sh INSTANCE i MASTER 150\n")

    assert ["/etc/notify.sh INSTANCE i MASTER 150"] == standins.calls("a", tmp_path)
    assert [] == standins.calls("b", tmp_path)
