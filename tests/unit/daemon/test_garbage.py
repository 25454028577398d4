"""What is made to stay is not looked through."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pykeepalived.daemon import garbage


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = gc.isenabled()
    yield
    gc.unfreeze()
    (gc.enable if before else gc.disable)()


def test_what_is_made_is_frozen_before_anybody_collects() -> None:
    gc.enable()
    gc.collect()
    frozen = gc.get_freeze_count()
    with garbage.made_to_stay():
        assert not gc.isenabled()
        made = [[number] for number in range(5000)]
    assert gc.isenabled()
    assert 5000 <= gc.get_freeze_count() - frozen
    assert 5000 == len(made)


def test_where_nobody_collects_nothing_is_frozen() -> None:
    gc.disable()
    frozen = gc.get_freeze_count()
    with garbage.made_to_stay():
        pass
    assert not gc.isenabled()
    assert frozen == gc.get_freeze_count()
