"""A start goes without reading only when nothing has changed that its plans were made from."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.config.host import InterfaceFacts, ScriptState
from pykeepalived.daemon import kept_start
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.kept_start import KeptStart, path_for
from pykeepalived.daemon.logging import LogSettings
from pykeepalived.daemon.reader import Reader
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.ipc.messages import Process
from tests.support.eventually import eventually

ROOT = Path(__file__).parents[3]
INSTANCE = """
vrrp_instance A {
    interface eth0
    virtual_router_id 1
    virtual_ipaddress {
        192.0.2.1
    }
}
"""


class Machine:
    """It has ``eth0``; ``script`` is the state of every script."""

    def __init__(self) -> None:
        self.index = 2
        self.scripts = ScriptState.GOOD

    def interface(self, name: str) -> InterfaceFacts:
        return InterfaceFacts(self.index)

    def script(self, *_: object, **__: object) -> ScriptState:
        return self.scripts

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda *_: None


class Site:
    """A host where daemons of one configuration start one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "keepalived.conf"
        self.path = folder / "cache" / "start"
        self.machine = Machine()
        self.settings = DaemonSettings(config_file=str(self.config))

    def daemon(self) -> KeptStart:
        host: Any = self.machine
        return KeptStart(self.path, FileLoader, lambda: host, Reader())

    def first(self, text: str) -> Configured:
        """A start that reads, and keeps."""
        self.config.write_text(text)
        daemon = self.daemon()
        assert daemon.recalled(self.settings) is None
        configured = daemon(self.settings)
        daemon.write(configured)
        return configured

    def second(self, **settings: Any) -> Configured | None:
        """What the next start has without reading."""
        return self.daemon().recalled(dataclasses.replace(self.settings, **settings))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_next_start_has_the_same_plans(site: Site) -> None:
    first = site.first(INSTANCE)
    second = site.second()
    assert second is not None
    assert second == dataclasses.replace(first, config=None, inputs=None)
    assert Process.VRRP in second.plans


def test_the_file_is_for_nobody_else_whatever_the_umask(site: Site) -> None:
    before = os.umask(0)
    try:
        site.first(INSTANCE)
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE(site.path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(site.path.parent.stat().st_mode)
    assert ["start"] == [one.name for one in site.path.parent.iterdir()]


# ---------------------------------------------------------------- what makes a start read


def test_another_content(site: Site) -> None:
    site.first(INSTANCE)
    site.config.write_text(INSTANCE.replace("192.0.2.1", "192.0.2.2"))
    assert site.second() is None


def test_another_content_of_an_included_file(site: Site) -> None:
    (site.folder / "a.inc").write_text(INSTANCE)
    site.first(f"include {site.folder}/*.inc\n")
    assert site.second() is not None
    (site.folder / "a.inc").write_text(INSTANCE.replace("192.0.2.1", "192.0.2.2"))
    assert site.second() is None


def test_another_file_that_is_included(site: Site) -> None:
    (site.folder / "a.inc").write_text(INSTANCE)
    site.first(f"include {site.folder}/*.inc\n")
    (site.folder / "b.inc").write_text(INSTANCE.replace(" A ", " B ").replace("_id 1", "_id 2"))
    assert site.second() is None


def test_a_file_that_is_gone(site: Site) -> None:
    site.first(INSTANCE)
    site.config.unlink()
    assert site.second() is None


def test_another_answer_of_the_machine(site: Site) -> None:
    site.first(INSTANCE)
    site.machine.index = 3
    assert site.second() is None


def test_a_script_that_may_not_run_any_more(site: Site) -> None:
    script = 'vrrp_script S {\n    script "/bin/true"\n}\n'
    site.first(
        script + INSTANCE.replace("interface eth0", "interface eth0\n    track_script {\n        S\n    }")
    )
    assert site.second() is not None
    site.machine.scripts = ScriptState.MISSING
    assert site.second() is None


def test_another_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIP", "192.0.2.1")
    site.first(INSTANCE.replace("192.0.2.1", "${_ENV VIP}"))
    monkeypatch.setenv("VIP", "192.0.2.9")
    assert site.second() is None


@pytest.mark.parametrize(
    "option",
    [{"config_id": "b"}, {"run_vrrp": False}, {"all_config": True}, {"snmp": True}, {"umask": 0o22}], ids=str
)  # fmt: skip
def test_another_command_line(site: Site, option: dict[str, Any]) -> None:
    site.first(INSTANCE)
    assert site.second(**option) is None


def test_another_host_name_or_another_account(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.first(INSTANCE)
    monkeypatch.setattr(kept_start, "_ACCOUNTS", ("/etc/passwd",))
    assert site.second() is None


def test_another_version_of_our_own_code(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.first(INSTANCE)
    now = kept_start._stamp

    def later(file: str) -> Any:
        stamp = now(file)
        return (stamp[0] + 1, stamp[1]) if stamp and file.endswith("/plan/vrrp.py") else stamp

    monkeypatch.setattr(kept_start, "_stamp", later)
    assert site.second() is None


def test_chance(site: Site) -> None:
    site.first(INSTANCE.replace("_id 1", "_id ${_RANDOM 1 200}"))
    assert not site.path.exists()


def test_who_wants_to_see_the_configuration(site: Site) -> None:
    site.first(INSTANCE)
    assert site.second(dump_config=True) is None


# ---------------------------------------------------------------- what does not


def test_where_pids_and_logs_go(site: Site) -> None:
    site.first(INSTANCE)
    assert (
        site.second(pid_file="/run/other.pid", log=LogSettings(console=True), command_line=("x",)) is not None
    )


def test_the_name_of_the_file_unless_something_says_it(site: Site) -> None:
    other = site.folder / "other.conf"
    for text, same in ((INSTANCE, True), (INSTANCE + "unheard_of\n", False)):
        site.first(text)
        other.write_text(text)
        assert same is (site.second(config_file=str(other)) is not None)
        assert site.second() is not None
        site.path.unlink()


# ---------------------------------------------------------------- what is no file of ours


@pytest.mark.parametrize("at", [0, 20, 60, 500, -1])
def test_a_file_that_is_not_whole(site: Site, at: int) -> None:
    site.first(INSTANCE)
    content = site.path.read_bytes()
    changed = bytearray(content)
    changed[at] ^= 1
    for data in (content[:at], bytes(changed), b""):
        site.path.write_bytes(data)
        assert site.second() is None


def test_a_file_that_others_may_read_or_write(site: Site) -> None:
    site.first(INSTANCE)
    for mode in (0o640, 0o604, 0o620, 0o602):
        site.path.chmod(mode)
        assert site.second() is None
    site.path.chmod(0o600)
    assert site.second() is not None


@pytest.mark.root
def test_a_file_of_somebody_else(site: Site) -> None:
    site.first(INSTANCE)
    os.chown(site.path, 65534, 65534)
    assert site.second() is None


def test_what_is_no_file_at_all(site: Site) -> None:
    site.first(INSTANCE)
    kept = site.path.rename(site.path.with_name("elsewhere"))
    site.path.symlink_to(kept)
    assert site.second() is None
    site.path.unlink()
    os.mkfifo(site.path, 0o600)
    assert site.second() is None


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(site: Site) -> None:
    (site.folder / "cache").write_text("a file")
    daemon = site.daemon()
    site.config.write_text(INSTANCE)
    configured = daemon(site.settings)
    with pytest.raises(OSError, match=r"exists|directory"):
        daemon.write(configured)
    daemon.keep(configured)


def test_it_is_written_by_a_process_that_is_nobodys_child(site: Site) -> None:
    site.config.write_text(INSTANCE)
    daemon = site.daemon()
    daemon.keep(daemon(site.settings))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    eventually(site.path.exists, "the file")
    assert site.second() is not None


def test_where_it_is_kept() -> None:
    plain = DaemonSettings()
    assert Path("/var/cache/pykeepalived/start") == path_for(plain, {})
    assert Path("/c/start-blue") == path_for(DaemonSettings(namespace="blue"), {"CACHE_DIRECTORY": "/c:/d"})
    assert path_for(plain, {"CACHE_DIRECTORY": ""}) is None


def test_nothing_of_the_configuration_language_is_imported(site: Site) -> None:
    """That is half of what a start without reading is quicker by."""
    program = f"""
import sys
from pathlib import Path
from pykeepalived.cli.daemonhost import DaemonHost
from pykeepalived.cli.files import FileLoader
from pykeepalived.daemon import startup, vrrp_process
from pykeepalived.daemon.kept_start import KeptStart
from pykeepalived.daemon.reader import Reader
from pykeepalived.daemon.settings import DaemonSettings
daemon = KeptStart(Path({str(site.path)!r}), FileLoader, DaemonHost, Reader())
settings = DaemonSettings(config_file={str(site.config)!r})
found = daemon.recalled(settings)
if found is None:
    daemon.write(daemon(settings))
print(found is not None, sorted(name for name in sys.modules if name.startswith((
    "lark", "pykeepalived.config.blocks", "pykeepalived.config.load", "pykeepalived.syntax.parser"))))
"""
    site.config.write_text(INSTANCE)
    command = [sys.executable, "-c", program]
    said = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]
    assert said[0].startswith("False ['pykeepalived.config.blocks'")
    assert said[1].endswith("True []\n")
