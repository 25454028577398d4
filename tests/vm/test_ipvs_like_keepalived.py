"""In one kernel: the IPVS table of Debian's keepalived, and ours from the same file."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.config.load import load
from pykeepalived.kernel.ipvs import Ipvs, open_ipvs
from pykeepalived.kernel.ipvs_table import IpvsTable
from pykeepalived.lvs.director import Director
from pykeepalived.lvs.service import Table
from pykeepalived.plan.lvs import plan_lvs
from tests.support.beside import CORPUS
from tests.support.in_guest import IN_GUEST, needs_guest
from tests.support.ipvsadm import saved
from tests.support.keepalived_table import NotStartedError, keepalived_table, without_checks

pytestmark = [pytest.mark.vm, needs_guest]

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "lvs"
TABLES = Path(__file__).parent / "tables"
SERVICE = re.compile(rb"^\s*virtual_server\s", re.MULTILINE)


def files() -> list[Path]:
    """Examples, recordings, published configurations with virtual servers, and ``tables`` made for this."""
    if not IN_GUEST:
        return []
    found = [*ROOT.glob("conf.examples/*/*.conf"), *GOLDEN.glob("*.conf"), *CORPUS.glob("*.conf")]
    found += TABLES.glob("*.conf")
    return sorted(path for path in found if SERVICE.search(path.read_bytes()))


FILES = files()


@pytest.fixture(scope="module")
def ipvs() -> Iterator[Ipvs]:
    kernel = open_ipvs()
    yield kernel
    kernel.flush()
    kernel.close()


def our_table(config: Path, ipvs: Ipvs) -> Table:
    """What stands in the kernel when ours has applied it, every instance being Master."""
    config_id = socket.gethostname()
    pools = [
        one.settings
        for one in plan_lvs(load(str(config), FileLoader(), config_id=config_id, running=True).config).pools
    ]
    director = Director(pools, {owner for pool in pools for owner in pool.owner_names})
    director.start()
    IpvsTable(ipvs).reconcile(director.desired(), exclusive=True)
    return ipvs.read_table()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_both_program_the_same_table(path: Path, ipvs: Ipvs, tmp_path: Path) -> None:
    config = tmp_path / "keepalived.conf"
    config.write_bytes(without_checks(path.read_bytes().decode("latin-1")).encode("latin-1"))
    try:
        theirs = keepalived_table(config, ipvs, tmp_path)
    except NotStartedError as error:
        pytest.xfail(f"keepalived itself cannot run it: {error}")

    ours = our_table(config, ipvs)

    assert saved(theirs) == saved(ours)
    assert theirs == ours


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.conf")))
def test_the_recordings_are_what_keepalived_does(name: str, ipvs: Ipvs, tmp_path: Path) -> None:
    theirs = saved(keepalived_table(GOLDEN / f"{name}.conf", ipvs, tmp_path))
    if os.environ.get("UPDATE_GOLDEN") and "OUT" in os.environ:
        Path(os.environ["OUT"], f"{name}.ipvs").write_text("".join(line + "\n" for line in theirs))

    assert sorted((GOLDEN / f"{name}.ipvs").read_text().splitlines()) == theirs


def test_there_was_something_to_compare() -> None:
    assert len(FILES) >= 9 + 8 + 3
    assert not CORPUS.exists() or len(FILES) >= 9 + 8 + 3 + 50
