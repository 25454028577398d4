"""Numbers in files, as strtol(3) reads them."""

from __future__ import annotations

import pytest

from pykeepalived.tracking.files import number_in


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (None, 0),
        (b"", 0),
        (b"\n", 0),
        (b"5\n", 5),
        (b"  -12 and more", -12),
        (b"+7", 7),
        (b"0x1F", 31),
        (b"010", 8),
        (b"09", 0),
        (b"0", 0),
        (b"eleven", 0),
        (b"2147483648", 2147483648),
        (b"2147483649", None),
        (b"-2147483648", -2147483648),
        (b"-2147483649", None),
        (b" " * 127 + b"5", 0),
    ],
)
def test_the_number_at_the_beginning_counts(content: bytes | None, wanted: int | None) -> None:
    assert wanted == number_in(content)
