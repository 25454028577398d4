"""Tests that need real IPVS run inside the guest (``pykeepalived.lab.guest``), which sets IN_LAB_VM=1."""

from __future__ import annotations

import os

import pytest

IN_GUEST = os.environ.get("IN_LAB_VM") == "1"

needs_guest = pytest.mark.skipif(
    not IN_GUEST,
    reason="NOT RUN HERE: needs real IPVS, runs in the guest (see tests/vm/README.md)",
)
