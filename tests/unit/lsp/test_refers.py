"""The table of names against the schema."""

from __future__ import annotations

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.kinds.network import NameKind
from pykeepalived.config.kinds.vrrp import TrackKind
from pykeepalived.config.reference import blocks
from pykeepalived.lsp.refers import DEFINERS, NAMED_HERE, NO_NAMES, named

DECLARED = {
    (schema.name, name): keyword for _, schema in blocks() for name, keyword in schema.keywords.items()
}


def test_every_keyword_of_the_table_exists() -> None:
    assert set() == {*NAMED_HERE, *NO_NAMES} - set(DECLARED)


def test_every_list_of_names_is_in_the_table() -> None:
    lists = {place for place, keyword in DECLARED.items() if isinstance(keyword.kind, NameKind)}
    assert lists <= {*NAMED_HERE, *NO_NAMES}


def test_everything_that_can_be_tracked_is_known() -> None:
    for (block, _), keyword in DECLARED.items():
        if isinstance(keyword.kind, TrackKind):
            assert named(block, keyword, ("x",), 0, value_line=True) is not None


def test_every_outermost_block_with_a_name_defines_something() -> None:
    with_names = {
        keyword.name
        for keyword in Config.schema.declarations()
        if keyword.block is not None and keyword.block.schema.header_words == "NAME"
    }
    assert with_names == set(DEFINERS)
