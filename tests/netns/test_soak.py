"""The short form of ``bench/soak.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.soak import Soak
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan

pytestmark = pytest.mark.netns

RELOADS = 40


@repeat_when_stalled(40_000_000)
def test_reloads_that_change_everything_else_cost_a_master_no_advert(tmp_path: Path) -> None:
    """[XC-16]"""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    with Lan("soak") as lan, Soak(lan, folder) as soak:
        outcome = soak.run(RELOADS, samples=4)

    assert RELOADS == outcome.reloads
    assert RELOADS // 10 == outcome.refused
    assert outcome.adverts > 0
    assert 0 == outcome.missed, f"longest gap {outcome.longest_gap:.1f} intervals"
    assert 0 == outcome.backup_adverts
    assert outcome.descriptors[-1] <= max(outcome.descriptors) <= outcome.descriptors[0] + 4
