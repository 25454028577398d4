"""``nftables_ipvs``: the table and the nft rules of Debian's keepalived, and ours from the same file."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.daemon.service_tables import ServiceTables
from pykeepalived.kernel.ipvs import Ipvs, open_ipvs
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lvs.director import Director
from pykeepalived.plan.lvs import plan_lvs
from tests.support.in_guest import needs_guest
from tests.support.ipvsadm import saved
from tests.support.keepalived_table import keepalived_table

pytestmark = [pytest.mark.vm, pytest.mark.qemu, needs_guest]

SERVER = "real_server 198.51.100.1 8080 {\n }\n"
CONFIG = """
global_defs {
    nftables_ipvs
}
virtual_server_group A {
    192.0.2.1 80
    192.0.2.10-20 80
}
virtual_server_group B {
    192.0.2.30 81
    192.0.2.31 81
}
virtual_server_group C {
    192.0.2.40 80
    fwmark 5
}
""" + "".join(
    f"virtual_server group {group} {{\n lb_algo rr\n lb_kind {kind}\n protocol {protocol}\n {SERVER}}}\n"
    for group, kind, protocol in (
        ("A", "NAT", "TCP"),
        ("B", "DR", "TCP"),
        ("B", "TUN", "UDP"),
        ("C", "NAT", "TCP"),
    )
)


@pytest.fixture
def ipvs() -> Iterator[Ipvs]:
    name = f"marks-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
    with network_namespace(name):
        kernel = open_ipvs()
        yield kernel
        kernel.close()
    subprocess.run(["ip", "netns", "del", name], check=True)


def ruleset() -> str:
    """What counts of it: rules, elements and the place of the chain, in one line."""
    text = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    for noise in ("# progname python", "flags owner", " counter packets 0 bytes 0"):
        text = text.replace(noise, "")
    return re.sub(r"\s+", " ", text)


def test_both_mark_the_same_packets_for_the_same_services(ipvs: Ipvs, tmp_path: Path) -> None:
    config = tmp_path / "keepalived.conf"
    config.write_text(CONFIG)
    theirs = saved(keepalived_table(config, ipvs, tmp_path, settle_s=0.5))
    their_rules = ruleset()  # it was killed, and its tables stay
    subprocess.run(["nft", "flush", "ruleset"], check=True)

    plan = plan_lvs(load_text(CONFIG).config)
    director = Director(one.settings for one in plan.pools)
    director.start()
    tables = ServiceTables()
    tables.configure(plan.marks, None, None)

    assert theirs == saved(director.desired())
    assert their_rules == ruleset()
    tables.close()
