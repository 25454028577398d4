"""The same walk of Debian's keepalived and of ours: same file, same namespace, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bfd_lab import KEEPALIVED, BfdLan
from tests.support.daemon_argv import OURS
from tests.support.snmp_site import KA, SNMPD, Site
from tests.support.vrrp_lab import eventually

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(SNMPD is None or KEEPALIVED is None, reason="needs snmpd and keepalived"),
]

ROOTS = (KA, ".1.3.6.1.2.1.68", ".1.3.6.1.2.1.207")
ROUTERS = """
static_routes { 203.0.113.208/28 via 198.51.100.9 dev eth0 }
vrrp_script good { script "/usr/bin/true one two"
interval 1
weight 5 }
track_file tf { file @W@/tf
weight 1
init_file 3 }
vrrp_sync_group SG { group { SIX }
notify_master "/usr/bin/true group" }
vrrp_instance SIX {
    interface eth0
    virtual_router_id 61
    version 3
    priority 100
    advert_int 0.1
    nopreempt
    virtual_ipaddress { 198.51.100.61/24 label eth0:six
198.51.100.62/32 }
    virtual_ipaddress_excluded { 2001:db8::61/64 }
    virtual_routes { 203.0.113.0/28 via 198.51.100.9 dev eth0 metric 10
203.0.113.16/28 dev eth0 mtu 1400 table 100 }
    virtual_rules { from 203.0.113.0/28 lookup 100 priority 1000 }
    notify "/usr/bin/true all"
}
vrrp_instance OWNER {
    state MASTER
    interface eth0
    virtual_router_id 62
    priority 200
    advert_int 1
    authentication { auth_type PASS
auth_pass secret }
    track_script { good }
    track_file { tf weight 2 }
    virtual_ipaddress { 198.51.100.63/24 }
}
"""

SINCE_2_2_7 = {
    f"{KA}.1.12.0",  # v3ChecksumAsV2
    *(f"{KA}.2.3.1.36.{row}" for row in (1, 2)),  # vrrpInstanceV3ChecksumAsV2
    *(f"{KA}.2.9.1.{column}.1" for column in (10, 11, 12)),  # vrrpScriptPath and the times in microseconds
}
DIFFERENT = (
    f"{KA}.1.1.0",  # the version
    f"{KA}.1.3.1.0",  # smtpServerAddressType without a server: ipv6 for an address of four bytes
    f"{KA}.2.6.1.11.2",  # docs/snmp.md: vrrpAddressAdvertising of later instances
    f"{KA}.2.12.1.3.2",  # docs/snmp.md: the weight of a line that tracks
    ".1.3.6.1.2.1.68.1.3.1.7.",  # docs/snmp.md: vrrpOperMasterIpAddr
)
COUNTED = re.compile(r"Timeticks: .*|Counter(32|64): .*")
"""Values that depend on the moment."""


@pytest.fixture(scope="module")
def lan() -> Iterator[BfdLan]:
    with BfdLan("s-snmpi", ["a"]) as lan:
        yield lan


def walked(lan: BfdLan, folder: Path, *program: str) -> dict[str, str]:
    """Everything once both routers are Master and the script has run."""
    folder.mkdir()
    site = Site(lan, folder)
    try:
        site.master_agent()
        eventually(site.socket.exists, "snmpd's socket")
        words = f"enable_snmp_vrrp\nenable_snmp_rfc\nsnmp_socket unix:{site.socket}"
        site.begin(words, program=program, routers=ROUTERS.replace("@W@", str(folder.parent)))
        site.until("(SIX) Entering MASTER")
        site.until("(OWNER) Entering MASTER")
        site.until("succeeded")
        site.served()
        return {name: value for root in ROOTS for name, value in site.walk(root, "snmpbulkwalk").items()}
    finally:
        site.end()


def test_a_walk_finds_the_same(lan: BfdLan, tmp_path: Path) -> None:
    assert KEEPALIVED is not None
    theirs, ours = walked(lan, tmp_path / "k", KEEPALIVED), walked(lan, tmp_path / "p", *OURS)
    assert 150 < len(theirs)
    assert set() == set(theirs) - set(ours)
    assert SINCE_2_2_7 == set(ours) - set(theirs)
    different = {
        name: (value, ours[name])
        for name, value in theirs.items()
        if COUNTED.sub("", ours[name]) != COUNTED.sub("", value) and not name.startswith(DIFFERENT)
    }
    assert {} == different
