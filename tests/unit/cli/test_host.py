"""What the real host answers to questions beyond those of the daemon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.netns
def test_an_alternative_name_is_that_of_no_interface(tmp_path: Path) -> None:
    """``ip link property``: the kernel finds the interface by it, keepalived does not."""
    config = tmp_path / "keepalived.conf"
    config.write_text(
        "vrrp_instance A {\n interface uplink\n virtual_router_id 1\n"
        " virtual_ipaddress {\n  192.0.2.1/24 dev uplink\n }\n}\n"
    )
    test = [sys.executable, "-m", "pykeepalived", "-t", "-f", str(config)]
    inside = (
        "ip link add eth0 type veth peer name eth1 && ip link property add dev eth0 altname $0 && exec $*"
    )
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", inside, "uplink", *test],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 5 == done.returncode
    for place, now in (("2:12", "VRRP cannot run"), ("5:3", "this entry is left out")):
        said = f"{config}:{place}: interface uplink doesn't exist; {now}; "
        assert said + "write eth0, of which it is another name\n" in done.stderr
