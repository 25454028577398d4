"""A block moved down says what it said, further down."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.load import load_text
from pykeepalived.config.moving import ImmovableError, moved_block
from tests.support.reloads import described

EXAMPLES = [
    path
    for path in sorted((Path(__file__).parents[3] / "conf.examples").rglob("*.conf"))
    if not {"$", "include"} & set(path.read_text("utf-8").replace("$", " $ ").split())
]
"""But those that say where something else stands."""
INSTANCE = """vrrp_instance A {
 interface eth0
 virtual_router_id 1
 virtual_ipaddress {
  192.0.2.1 dev eth1
 }
 unicast_peer {
  192.0.2.9 min_ttl 3
 }
 virtual_routes {
  198.51.100.0/24 via 192.0.2.9
 }
 track_interface {
  eth2 weight 4
 }
 notify "/bin/all now" nobody
}
"""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_block_of_the_examples_is_as_if_it_had_been_read_further_down(path: Path) -> None:
    text = path.read_text("utf-8")
    before, after = load_text(text).config, load_text("\n\n\n" + text).config
    for name in ("vrrp_instances", "virtual_servers"):
        moved = [described(moved_block(block, 3)) for block in getattr(before, name)]
        assert described(getattr(after, name)) == moved


def test_every_kind_of_line_is_moved() -> None:
    before, after = load_text(INSTANCE).config, load_text("\n" + INSTANCE).config
    assert described(after.vrrp_instances[0]) == described(moved_block(before.vrrp_instances[0], 1))


def test_there_and_back_is_nowhere() -> None:
    block = load_text(INSTANCE).config.vrrp_instances[0]
    assert described(block) == described(moved_block(moved_block(block, 40), -40))


def test_what_nobody_can_move_is_not_moved() -> None:
    with pytest.raises(ImmovableError):
        moved_block(VrrpInstance(name="A", track_script=[1]), 1)  # type: ignore[arg-type]
