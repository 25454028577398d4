"""What other software reads, beside keepalived 2.4.3's recordings, with the harness that made those.

Both lie beside the project (shared/bench/golden_compare.py, shared/reference/golden); elsewhere this is
skipped.  Here only VRRPv3 without D-Bus and SNMP, in half a minute; all cases, 4 minutes:

    ../shared/bench/golden_compare.py compare --guest UML -- python -m pykeepalived
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pykeepalived.lab.guest import inside_guest
from tests.support.beside import SHARED, needs

pytestmark = [
    pytest.mark.vm,
    pytest.mark.skipif(not inside_guest(), reason="needs the guest: it takes namespaces by fixed names"),
    needs(SHARED / "bench" / "golden_compare.py"),
]
CASE = "v3"
EXPLAINED = (
    "IPvN forwarding. Last checked",  # docs/differences.md: Interfaces
    "rp_filter",
)
"""Shapes of keepalived that we leave out, each with its reason there."""


def harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_compare", SHARED / "bench/golden_compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """Facts of one life of our daemon, in the harness' words."""
    golden, run = harness(), tmp_path_factory.mktemp("golden")
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    golden.world()
    command = [sys.executable, "-m", "pykeepalived"]
    daemon = golden.Daemon(CASE, command, run / CASE, f"{CASE}.conf", ["-D"], False, False)
    try:
        assert daemon.until(r"\(V6\) Entering MASTER STATE", 30, settle=2)
        daemon.phase("dump_master")
        golden.dumps(daemon, "master")
        daemon.phase("to_fault")
        golden.sh("ip -n dut link set eth0 down")
        assert daemon.until(r"\(V4\) Entering FAULT STATE", 20, settle=1)
        daemon.dump("fault", signal.SIGRTMIN + 2, ["keepalived.json"], 0.3)
    finally:
        daemon.stop()
    facts: dict[str, dict[str, list[str]]] = golden.facts(run)
    return facts


def recorded(interface: str) -> dict[str, list[str]]:
    facts = json.loads((SHARED / "reference/golden/facts.json").read_text())[interface]
    ours = (f" {CASE}/", f"{CASE}/", f"{CASE} ")
    return {level: [one for one in found if one.startswith(ours)] for level, found in facts.items()}


@pytest.mark.parametrize("interface", ["json", "stats", "data", "data_parent", "dump files"])
def test_the_shape_is_keepaliveds(seen: dict[str, dict[str, list[str]]], interface: str) -> None:
    wanted = recorded(interface)
    assert wanted["shape"]
    got = seen.get(interface, {"shape": []})["shape"]
    missing = [
        one for one in wanted["shape"] if one not in got and not any(text in one for text in EXPLAINED)
    ]
    extra = set(got) - set(wanted["shape"]) - set(wanted["sometimes"])
    assert ([], set()) == (missing, extra)
