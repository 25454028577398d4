"""What most of these tests begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.vrrp_lab import Lan


@pytest.fixture
def lan() -> Iterator[Lan]:
    """Two routers on a segment."""
    with Lan("netns") as made:
        yield made


@pytest.fixture
def log_path(tmp_path: Path) -> str:
    """Where a vrrp process logs."""
    return str(tmp_path / "log")
