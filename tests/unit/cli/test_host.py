"""What the real host answers to questions beyond those of the daemon."""

from __future__ import annotations

from pathlib import Path

from pykeepalived.cli.host import RealHost


def test_the_loopback_has_its_address() -> None:
    held = [a for a in RealHost().addresses() if str(a.address) == "127.0.0.1"]

    assert ["lo"] == [a.interface for a in held]
    assert [8] == [a.prefix_length for a in held]


def test_a_setting_that_is_not_there_has_no_value() -> None:
    host = RealHost()

    assert host.sysctl("net.ipv4.no_such_setting") is None
    assert host.sysctl("net.ipv4.ip_forward") in ("0", "1")


def test_the_mode_of_a_file_is_its_permission_bits(tmp_path: Path) -> None:
    file = tmp_path / "keepalived.conf"
    file.write_text("")
    file.chmod(0o640)

    assert 0o640 == RealHost().mode(str(file))
    assert RealHost().mode(str(tmp_path / "other")) is None


def test_the_label_of_an_address_is_no_interface():
    assert RealHost().interface("lo") is not None
    assert RealHost().interface("lo:1") is None
