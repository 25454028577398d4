"""What ``pykeepalived diff`` says of a reload is what the reload then does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.vrrp_lab import Lan, eventually
from tests.support.whole_daemon import LanDaemon

pytestmark = pytest.mark.netns

CONFIG = """
vrrp_instance KEPT {
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
}
vrrp_instance OTHER {
    interface eth0
    virtual_router_id 52
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.110/24
    }
}
vrrp_instance GONE {
    interface eth0
    virtual_router_id 53
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.120/24
    }
}
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[tuple[Lan, LanDaemon]]:
    with Lan("s-diff") as lan:
        daemon = LanDaemon(lan, "a", tmp_path, CONFIG)
        yield lan, daemon
        daemon.stop()


def test_a_reload_does_what_was_said(daemon: tuple[Lan, LanDaemon], tmp_path: Path) -> None:
    lan, one = daemon
    for name in ("KEPT", "OTHER", "GONE"):
        one.until(name, "MASTER")
    assert 0 == one.say("diff")[0]

    new = (
        CONFIG.replace("priority 150", "priority 120")
        .replace("192.0.2.101", "192.0.2.102")
        .replace("virtual_router_id 52", "virtual_router_id 62")
    )
    new = new[: new.index("vrrp_instance GONE")]
    planned = tmp_path / "planned.conf"
    planned.write_text(new)
    status, text = one.say("diff", "-f", str(planned))
    assert 2 == status, text
    for expected in (
        "~ vrrp_instance KEPT  (changed)",
        f"priority 150 -> 120   [{planned}:5:14]",
        "=> stays MASTER, keeps its timers",
        "=> removes 192.0.2.101/24 now",
        "=> adds 192.0.2.102/24 now",
        "! vrrp_instance OTHER  (begun anew)",
        "- vrrp_instance GONE  (removed)",
        "=> is Master now: sends priority 0 and removes 192.0.2.120/24",
    ):
        assert expected in text
    before = one.instance("KEPT")
    assert lan.holds("a", "192.0.2.100", "192.0.2.101", "192.0.2.120"), "asking changes nothing"

    one.reload(new)
    eventually(lambda: lan.lacks("a", "192.0.2.101", "192.0.2.120"), "what was to go is gone")
    eventually(lambda: lan.holds("a", "192.0.2.100", "192.0.2.102"), "what was to come is there")
    one.until("OTHER", "MASTER")
    after = one.instance("KEPT")
    assert ("MASTER", before["since"]) == (after["state"], after["since"])
    assert 120 == after["priority"]["effective"]
    assert {} == one.instance("GONE")
    log = one.log()
    assert "(OTHER) Entering BACKUP STATE" in log[log.index("Reloading") :]
    assert "(KEPT) Entering" not in log[log.index("Reloading") :]
    status, text = one.say("diff")
    assert (0, True) == (status, "No change" in text)

    planned.write_text(new.replace("priority 120", "priority high"))
    status, text = one.say("diff", "-f", str(planned))
    assert 1 == status
    assert f"{planned}:5:14: priority: 'high' is not a whole number" in text


def test_a_reload_that_brings_the_first_instance_brings_whoever_runs_its_scripts(tmp_path: Path) -> None:
    session = "bfd_instance peer {\n    neighbor_ip 192.0.2.2\n}\n"
    told = tmp_path / "told"
    script = f'    notify_master "/usr/bin/touch {told}"\n'
    with Lan("s-diffn") as lan:
        daemon = LanDaemon(lan, "a", tmp_path, session)
        try:
            eventually(lambda: daemon.say("diff")[0] == 0, "it answers")
            daemon.config.write_text(
                session + CONFIG.replace("    version 3\n", f"    version 3\n{script}", 1)
            )
            text = daemon.say("diff")[1]
            assert "+ process VRRP  (added)" in text
            assert "+ process notifier  (added)" in text
            daemon.process.send_signal(signal.SIGHUP)
            eventually(told.exists, lambda: f"the script runs; log:\n{daemon.log()}")
        finally:
            daemon.stop()
