"""A daemon that begins with what the last one read ends up as one that reads."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pykeepalived.cli.daemonhost import DaemonHost
from pykeepalived.cli.files import FileLoader
from pykeepalived.daemon import kept_start, plan_pickle
from pykeepalived.daemon.reader import Reader
from pykeepalived.daemon.settings import DaemonSettings
from tests.support.eventually import eventually
from tests.support.vrrp_lab import Lan
from tests.support.whole_daemon import LanDaemon

pytestmark = pytest.mark.netns

WITHOUT_READING = "Beginning with what the last start read"
CONFIG = """
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"""


class Site:
    """One daemon, and the file that it leaves for its next start."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan = lan
        self.kept = folder / "cache" / "start"
        self.dump = folder / "dump"
        text = f"global_defs {{\n    state_dump_file {self.dump}\n}}\n{CONFIG}"
        self.daemon = LanDaemon(
            lan, "a", folder, text, through=("env", f"CACHE_DIRECTORY={self.kept.parent}")
        )
        self.daemon.until("A", "MASTER")
        eventually(self.kept.exists, "the file for the next start")
        assert WITHOUT_READING not in self.daemon.log()
        self.daemon.stop()

    def again(self) -> LanDaemon:
        """The next start."""
        (Path(self.daemon.config).parent / "log").write_text("")
        self.daemon.start()
        return self.daemon

    def falsify(self, text: str) -> None:
        """Let the plans be those of ``text``, as if it had not been asked what they are made from."""
        other = self.daemon.config.with_name("other.conf")
        other.write_text(text)
        wrong = Reader()(DaemonSettings(config_file=str(other)), FileLoader(), DaemonHost())
        plans = plan_pickle.dumps(dataclasses.replace(wrong, config=None))
        code, inputs, _ = plan_pickle.loads(kept_start._content(self.kept))
        kept_start._write(self.kept, plan_pickle.dumps((code, inputs, plans)))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Lan("s-kept") as lan:
        site = Site(lan, tmp_path)
        yield site
        site.daemon.stop()


def test_it_is_master_answers_and_reloads_like_any_other(site: Site) -> None:
    daemon = site.again()
    daemon.until("A", "MASTER")
    assert WITHOUT_READING in daemon.log()
    status, said = daemon.say("status", "--json")
    assert 0 == status
    assert "192.0.2.100" in said
    assert "out of date" not in daemon.log()
    daemon.reload(CONFIG.replace(".100/24", ".101/24"))
    daemon.wait_for("Reload finished")
    eventually(
        lambda: site.lan.holds("a", "192.0.2.101") and site.lan.lacks("a", "192.0.2.100"), "the new VIP"
    )
    assert 1 == len(_transitions(daemon)), daemon.log()


def test_a_changed_file_is_read(site: Site) -> None:
    site.daemon.config.write_text(CONFIG.replace(".100/24", ".102/24"))
    daemon = site.again()
    daemon.until("A", "MASTER")
    assert WITHOUT_READING not in daemon.log()
    assert site.lan.holds("a", "192.0.2.102")
    assert site.lan.lacks("a", "192.0.2.100")


def test_what_a_reload_brought_is_kept_after_a_while(site: Site) -> None:
    daemon = site.again()
    daemon.until("A", "MASTER")
    before = site.kept.stat().st_mtime_ns
    daemon.reload(CONFIG.replace(".100/24", ".103/24"))
    daemon.wait_for("Reload finished")
    eventually(lambda: site.kept.stat().st_mtime_ns != before, "the file to be written again", 40)
    daemon.stop()
    daemon = site.again()
    daemon.until("A", "MASTER")
    assert WITHOUT_READING in daemon.log()
    assert site.lan.holds("a", "192.0.2.103")


def test_plans_that_the_files_do_not_bear_out_are_replaced_at_once(site: Site) -> None:
    site.falsify(CONFIG.replace(".100/24", ".109/24"))
    daemon = site.again()
    daemon.wait_for("is out of date: reloading")
    daemon.wait_for("Reload finished")
    daemon.until("A", "MASTER")
    eventually(
        lambda: site.lan.holds("a", "192.0.2.100") and site.lan.lacks("a", "192.0.2.109"), "the right VIP"
    )


@pytest.mark.parametrize("asked", [signal.SIGUSR1, signal.SIGHUP, signal.SIGTERM])
def test_a_signal_of_the_first_moment_is_served(site: Site, asked: signal.Signals, tmp_path: Path) -> None:
    daemon = site.again()
    eventually(Path(daemon.pid_file).exists, "the pid file")
    daemon.process.send_signal(asked)
    done: dict[signal.Signals, Callable[[], bool]] = {
        signal.SIGUSR1: lambda: site.dump.exists() and "Virtual IP (1):" in site.dump.read_text(),
        signal.SIGHUP: lambda: "Reload finished" in daemon.log(),
        signal.SIGTERM: lambda: daemon.process.poll() == 0,
    }
    eventually(done[asked], lambda: f"{asked.name} served; log:\n{daemon.log()}")
    if asked is not signal.SIGTERM:
        daemon.until("A", "MASTER")
    else:
        assert site.lan.lacks("a", "192.0.2.100")


def _transitions(daemon: LanDaemon) -> list[str]:
    return [line for line in daemon.log().splitlines() if "Entering MASTER STATE" in line]
