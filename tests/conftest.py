"""What needs root is skipped for everybody else; ``make test`` runs it in the guest then (``.ci/suite``)."""

from __future__ import annotations

import os

import pytest

os.environ["CACHE_DIRECTORY"] = ""
"""No daemon of a test starts with what another one left (pykeepalived.daemon.kept_start)."""

NEED_ROOT = ("root", "netns", "interop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    for item in items:
        if any(item.get_closest_marker(name) for name in NEED_ROOT):
            item.add_marker(pytest.mark.skip(reason="needs root"))
