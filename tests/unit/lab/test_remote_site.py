from pathlib import Path

import pytest

from pykeepalived.base.errors import UsageError
from pykeepalived.lab.layout import Role
from pykeepalived.lab.remote_site import RemoteSite, read

GOOD = """
title = "Two"
ssh = ["ssh", "{name}", "sudo"]
vips = ["192.0.2.100"]
configuration = "/etc/{name}.conf"

[[target]]
address = "192.0.2.100"
shares = { rs1 = 2, rs2 = 1 }

[machine.dir1]
role = "director"
addresses = ["192.0.2.1"]
[machine.rs1]
role = "real server"
addresses = ["192.0.2.11"]
[machine.client]
role = "client"
addresses = ["192.0.2.10"]
"""


def site(tmp_path: Path, text: str) -> RemoteSite:
    path = tmp_path / "two.toml"
    path.write_text(text)
    return read(path)


def test_machines_and_targets_become_a_layout(tmp_path: Path) -> None:
    found = site(tmp_path, GOOD)

    assert ("dir1",) == found.layout.directors
    assert ("rs1",) == found.layout.servers
    assert {"rs1": 2, "rs2": 1} == found.layout.shares
    assert Role.CLIENT is found.layout.machine("client").role
    assert ["ssh", "rs1", "sudo", "true"] == found.on("rs1", ["true"])
    assert "/etc/dir1.conf" == found.configuration_of("dir1")


def test_without_real_servers_the_directors_serve(tmp_path: Path) -> None:
    found = site(tmp_path, GOOD.replace("shares = { rs1 = 2, rs2 = 1 }", ""))

    assert ("dir1",) == found.layout.servers


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("ssh =", "shh ="), "unknown: shh; missing: ssh"),
        (('role = "director"', 'role = "dictator"'), "dictator"),
        (("title", "title ="), "two.toml: "),
        (('role = "real server"', 'role = "client"'), "more than one machine"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        site(tmp_path, GOOD.replace(*change))
