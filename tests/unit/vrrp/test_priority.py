"""Base plus weights."""

from __future__ import annotations

import pytest

from pykeepalived.vrrp.priority import effective_priority


@pytest.mark.parametrize(
    ("base", "weights", "wanted"),
    [
        (100, [], 100),
        (100, [10, -30], 80),
        (100, [253], 254),
        (250, [10], 254),
        (100, [-100], 1),
        (100, [-253, -253], 1),
        (255, [-253], 255),
        (255, [5], 255),
        (254, [-253, 253], 254),
    ],
)
def test_weights_add_up_and_stay_between_1_and_254(base: int, weights: list[int], wanted: int) -> None:
    """[XC-15]: the sum is clamped, not each step; the owner is not touched."""
    assert wanted == effective_priority(base, weights)
