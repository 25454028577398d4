"""No collection meanwhile, and as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pykeepalived.base.uncollected import uncollected


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = gc.isenabled()
    yield
    (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("before", [True, False])
def test_the_collector_rests_meanwhile_and_is_then_as_it_was(before: bool) -> None:
    (gc.enable if before else gc.disable)()
    with uncollected():
        assert not gc.isenabled()
    assert before is gc.isenabled()


def test_an_error_wakes_it_too() -> None:
    gc.enable()
    with pytest.raises(ValueError), uncollected():
        raise ValueError
    assert gc.isenabled()
