"""Reload after reload against the kernel: the table is always that of the configuration."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.kernel.ipvs import Ipvs, open_ipvs
from pykeepalived.kernel.ipvs_table import IpvsTable
from pykeepalived.lvs.director import Director
from pykeepalived.lvs.events import ServerVerdict
from pykeepalived.lvs.service import Table
from pykeepalived.plan.lvs import plan_lvs
from tests.support.in_guest import needs_guest

pytestmark = [pytest.mark.vm, needs_guest]

RELOADS = 50
SCHEDULERS = ("rr", "wrr", "lc", "wlc", "sh", "mh", "sed", "nq", "fo", "ovf", "dh")


def random_config(chance: random.Random) -> str:
    """A dozen virtual servers out of few addresses, so that reloads change more than they replace."""
    blocks = []
    for n in chance.sample(range(1, 16), 10):
        six = chance.random() < 0.3
        head = f"2001:db8::{n} 80" if six else f"203.0.113.{n} 80"
        if chance.random() < 0.2:
            head = f"fwmark {n}"
        kind = chance.choice(("NAT", "DR", "TUN", "TUN type gue port 6080", "TUN type gre csum"))
        lines = [f"lb_algo {chance.choice(SCHEDULERS)}", f"lb_kind {kind}"]
        if not head.startswith("fwmark"):
            lines.append(f"protocol {chance.choice(('TCP', 'UDP', 'SCTP'))}")
        if chance.random() < 0.3:
            lines.append(f"persistence_timeout {chance.choice((30, 360))}")
        if chance.random() < 0.3:
            lines += [f"sorry_server {'2001:db8:f::99' if six else '192.0.2.99'} 80", "quorum 2"]
        if chance.random() < 0.3:
            lines.append("inhibit_on_failure")
        for server in chance.sample(range(1, 8), chance.randint(1, 4)):
            address = f"2001:db8:f::{server}" if six else f"192.0.2.{server}"
            lines.append(f"real_server {address} 80 {{\n weight {chance.choice((0, 1, 2, 5))}\n }}")
        blocks.append(f"virtual_server {head} {{\n " + "\n ".join(lines) + "\n}\n")
    return "".join(blocks)


@pytest.fixture
def ipvs() -> Iterator[Ipvs]:
    kernel = open_ipvs()
    kernel.flush()
    yield kernel
    kernel.flush()
    kernel.close()


def fresh_table(text: str) -> Table:
    director = Director(one.settings for one in plan_lvs(load_text(text).config).pools)
    director.start()
    return director.desired()


@pytest.mark.parametrize("seed", range(2))
def test_after_many_reloads_the_table_equals_the_configuration(seed: int, ipvs: Ipvs) -> None:
    chance = random.Random(seed)
    director, table = Director(()), IpvsTable(ipvs)
    director.start()
    text = ""
    for reload in range(RELOADS):
        text = random_config(chance)
        director.reconfigure(one.settings for one in plan_lvs(load_text(text).config).pools)
        outcome = table.reconcile(director.desired(), director.claimed)
        assert () == outcome.refused, f"reload {reload}"
        assert director.desired() == ipvs.read_table(), f"reload {reload}"
        for identity, pool in list(director.pools.items()):  # servers fail and come back between reloads
            for key in pool.servers:
                director.handle(identity, ServerVerdict(key, up=chance.random() < 0.7))
        assert () == table.update(director.desired()).refused
        assert director.desired() == ipvs.read_table(), f"verdicts after reload {reload}"

    for identity, pool in director.pools.items():
        for key in pool.servers:
            director.handle(identity, ServerVerdict(key, up=True))
    table.update(director.desired())
    assert fresh_table(text) == ipvs.read_table()


def test_a_table_that_someone_emptied_is_repaired(ipvs: Ipvs) -> None:
    director, table = Director(()), IpvsTable(ipvs)
    director.start()
    text = random_config(random.Random(7))
    director.reconfigure(one.settings for one in plan_lvs(load_text(text).config).pools)
    table.reconcile(director.desired(), director.claimed)
    ipvs.flush()

    assert table.reconcile(director.desired(), director.claimed).steps
    assert director.desired() == ipvs.read_table()
