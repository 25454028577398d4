"""In a container: as its process 1, with few rights, and with kernel parameters that cannot be written."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.lab import netns
from tests.support.eventually import eventually
from tests.support.vrrp_lab import Lan
from tests.support.whole_daemon import LanDaemon

pytestmark = pytest.mark.netns

RIGHTS = (
    "net_admin", "net_raw", "net_broadcast", "chown", "dac_override", "fowner", "fsetid", "kill", "setgid",
    "setuid", "setpcap", "net_bind_service", "sys_chroot", "mknod", "audit_write", "setfcap",
)  # fmt: skip
"""What container engines give by default, and what their users add for keepalived."""
CONTAINER = (
    "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
    "mount -t proc proc /proc && mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys"
    f" && exec setpriv --bounding-set -all,+{',+'.join(RIGHTS)} --inh-caps -all \"$@\"", "sh",
)  # fmt: skip
CONFIG = """
global_defs {
    enable_script_security
    script_user root
}
vrrp_script leaves_one_behind {
    script "/usr/bin/sh -c '/usr/bin/sleep 0.1 &'"
    interval 1
    weight 5
}
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.100/24
    }
    track_script {
        leaves_one_behind
    }
}
"""


class Container:
    """A daemon in a container; its pid files have the container's numbers, which mean nothing outside."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.daemon = LanDaemon(lan, "a", folder, CONFIG, through=CONTAINER)

    @property
    def first_process(self) -> int:
        """The supervisor, as we know it."""
        return netns.children_of_all()[self.daemon.process.pid][0]

    def stop(self) -> int:
        if self.daemon.process.poll() is None:
            os.kill(self.first_process, signal.SIGTERM)
        return self.daemon.process.wait(20)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    with Lan("s-box") as lan:
        box = Container(lan, tmp_path)
        yield box
        box.stop()


def test_a_router_with_few_rights(container: Container) -> None:
    """What is refused is said, and nothing depends on it."""
    container.daemon.until("A", "MASTER")
    container.daemon.wait_for("Changing effective priority from 100 to 105")
    log = container.daemon.log()

    assert "real-time priority 1 was refused (Operation not permitted)" in log
    assert "Traceback" not in log
    assert 0 == container.stop()


def test_what_scripts_leave_behind_does_not_fill_the_table_of_processes(container: Container) -> None:
    """A container's process 1 gets everybody who lost their parent."""
    container.daemon.until("A", "MASTER")
    first = container.first_process
    seen: set[int] = set()

    def ended() -> set[int]:
        dead = set(filter(netns.zombie, netns.children_of_all()[first]))
        seen.update(dead)
        return dead

    eventually(lambda: len(ended()) > 1, "orphans", 30)
    eventually(lambda: seen > ended(), "they are waited for", 30)
    assert container.daemon.process.poll() is None
    container.daemon.until("A", "MASTER")
