"""From the text of a configuration to the IPVS table: the same as keepalived programs (tests/golden/lvs)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.lvs.director import Director
from pykeepalived.lvs.service import Table
from pykeepalived.plan.lvs import plan_lvs
from tests.support.ipvsadm import saved

GOLDEN = Path(__file__).parents[2] / "golden" / "lvs"
CASES = sorted(path.stem for path in GOLDEN.glob("*.conf"))


def table_of(text: str) -> Table:
    pools = plan_lvs(load_text(text).config).pools
    director = Director(pool.settings for pool in pools)
    director.start()
    return director.desired()


@pytest.mark.parametrize("name", CASES)
def test_the_table_is_the_one_that_keepalived_programs(name: str) -> None:
    recorded = sorted((GOLDEN / f"{name}.ipvs").read_text().splitlines())

    assert recorded == saved(table_of((GOLDEN / f"{name}.conf").read_text()))


def test_there_are_recordings() -> None:
    assert len(CASES) >= 9
