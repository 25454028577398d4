"""Services of a daemon that begins with what the last one read: same table, same checks, same scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.lvs_site import VIP4, LvsSite
from tests.support.whole_daemon import WholeDaemon
from tests.vm.test_draining import FIRST, SECOND, weights
from tests.vm.test_quorum import config, folder, told

__all__ = ["folder"]

pytestmark = [pytest.mark.vm, needs_guest]


@pytest.fixture
def site() -> Iterator[LvsSite]:
    with LvsSite() as made:
        made.hold("d", VIP4)
        yield made


def test_the_second_start_programs_and_checks_as_the_first(site: LvsSite, folder: Path) -> None:
    cache = folder / "cache"
    for server in (FIRST, SECOND):
        (folder / f"up-{server}").touch()
    text = config(folder, "weight 2\n quorum 2\n")
    daemon = WholeDaemon(site.ns("d"), folder, text, through=("env", f"CACHE_DIRECTORY={cache}"))
    try:
        eventually(lambda: {FIRST: 2, SECOND: 2} == weights(site), "both servers in the table", 60)
        eventually((cache / "start").exists, "the file for the next start", 60)
        daemon.stop()
        assert {} == weights(site)
        (folder / "told").write_text("")
        (folder / f"up-{SECOND}").unlink()
        daemon.start()
        eventually(lambda: {FIRST: 2} == weights(site), "the server that is up", 60)
        assert "Beginning with what the last start read" in daemon.log()
        eventually(lambda: f"down {SECOND}" in told(folder), "what its script is told")
        status, said = daemon.say("status", "--json")
        assert 0 == status
        assert FIRST in said
        daemon.reload(config(folder, "weight 3\n quorum 2\n"))
        eventually(lambda: {FIRST: 3} == weights(site), "the new weight", 60)
    finally:
        daemon.stop()
