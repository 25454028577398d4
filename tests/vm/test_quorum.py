"""Quorum in the whole daemon on a real kernel: who is in the table, which scripts run, what the end tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.lvs_site import VIP4, LvsSite
from tests.support.whole_daemon import WholeDaemon
from tests.vm.test_draining import FIRST, SECOND, weights

pytestmark = [pytest.mark.vm, needs_guest]

SORRY = "198.51.100.99"


@pytest.fixture(scope="module")
def site() -> Iterator[LvsSite]:
    with LvsSite() as made:
        made.hold("d", VIP4)
        yield made


def server(folder: Path, address: str) -> str:
    """A server that is up while a file has its name, and writes down what it is told."""
    return f"""
    real_server {address} 80 {{
        notify_up "{folder}/tell up {address}"
        notify_down "{folder}/tell down {address}"
        MISC_CHECK {{
            misc_path "{folder}/exists {address}"
        }}
    }}
"""


def config(folder: Path, options: str) -> str:
    return f"""
global_defs {{
    script_user root
}}
virtual_server {VIP4} 80 {{
    delay_loop 1
    delay_before_retry 1
    retry 0
    lb_algo rr
    lb_kind NAT
    protocol TCP
    sorry_server {SORRY} 80
    quorum_up "{folder}/tell quorum up"
    quorum_down "{folder}/tell quorum down"
    {options}
    {server(folder, FIRST)}
    {server(folder, SECOND)}
}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, body in (
        ("exists", f'test -e "{tmp_path}/up-$1"'),
        ("tell", f'echo "$@" >> "{tmp_path}/told"'),
    ):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    (tmp_path / "told").touch()
    return tmp_path


def told(folder: Path) -> list[str]:
    return (folder / "told").read_text().splitlines()


def test_alpha_omega_quorum_hysteresis_sorry_server_and_scripts(site: LvsSite, folder: Path) -> None:
    """Of weight 2 each: both are needed to gain quorum (2+1), one is enough to keep it (2-1)."""
    daemon = WholeDaemon(
        site.ns("d"), folder, config(folder, "alpha\n omega\n weight 2\n quorum 2\n hysteresis 1\n")
    )
    try:
        eventually(lambda: {SORRY: 1} == weights(site), "alpha: only the sorry server at the start", 60)
        began = {"quorum down", f"down {FIRST}", f"down {SECOND}"}
        eventually(lambda: began == set(told(folder)), "who is down at the first check is told")
        (folder / f"up-{FIRST}").touch()
        eventually(lambda: [f"up {FIRST}"] == told(folder)[3:], "the first server is up")
        assert {SORRY: 1} == weights(site)  # one is not enough
        (folder / f"up-{SECOND}").touch()
        eventually(
            lambda: {FIRST: 2, SECOND: 2} == weights(site), "quorum: the servers replace the sorry server"
        )
        eventually(lambda: {f"up {SECOND}", "quorum up"} == set(told(folder)[4:]), "scripts were told")

        (folder / f"up-{FIRST}").unlink()
        eventually(lambda: {SECOND: 2} == weights(site), "one server is enough to keep quorum")
        (folder / f"up-{SECOND}").unlink()
        eventually(lambda: {SORRY: 1} == weights(site), "no server: the sorry server is back")
        expected = {f"down {FIRST}", f"down {SECOND}", "quorum down"}
        eventually(lambda: expected == set(told(folder)[6:]), "scripts were told")

        for name in (FIRST, SECOND):
            (folder / f"up-{name}").touch()
        eventually(lambda: 12 == len(told(folder)), "up again")
    finally:
        daemon.stop()
    assert {} == weights(site)
    assert expected == set(told(folder)[12:])  # omega


def test_inhibit_keeps_what_does_not_serve_with_weight_0(site: LvsSite, folder: Path) -> None:
    for name in (FIRST, SECOND):
        (folder / f"up-{name}").touch()
    options = "inhibit_on_failure\n sorry_server_inhibit\n"
    daemon = WholeDaemon(site.ns("d"), folder, config(folder, options))
    try:
        eventually(lambda: {FIRST: 1, SECOND: 1, SORRY: 0} == weights(site), "the sorry server waits", 60)
        (folder / f"up-{FIRST}").unlink()
        eventually(lambda: {FIRST: 0, SECOND: 1, SORRY: 0} == weights(site), "a failed server gets 0")
        (folder / f"up-{SECOND}").unlink()
        eventually(lambda: {FIRST: 0, SECOND: 0, SORRY: 1} == weights(site), "nobody but the sorry server")
    finally:
        daemon.stop()
    assert f"down {SECOND}" == told(folder)[-2] or "quorum down" in told(folder)[-2:]
