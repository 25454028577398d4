"""Completion: what may stand at the cursor."""

from __future__ import annotations

import pytest

from pykeepalived.lsp.complete import complete
from tests.support.editing import snapshot


def labels(text: str, part: str | None = None) -> list[str]:
    state, place = snapshot(text, part)
    return [each.label for each in complete(state, *place, lambda: ["lo"]).proposals]


def test_an_empty_file_takes_blocks() -> None:
    assert {"vrrp_instance", "global_defs", "include"} <= set(labels("|"))
    assert "priority" not in labels("|")


def test_an_open_block_takes_its_keywords_even_without_a_closing_brace() -> None:
    found = labels("vrrp_instance a {\n    pri|")
    assert "priority" in found
    assert "vrrp_instance" not in found


def test_behind_a_brace_on_the_same_line_the_block_is_open() -> None:
    assert "priority" in labels("vrrp_instance a { |")
    assert "vrrp_script" in labels("vrrp_instance a { priority 1 } |")


def test_a_brace_in_quotes_opens_nothing() -> None:
    assert [] == labels('vrrp_script a {\n    script "x { |\n}\n')


def test_an_included_file_stands_in_the_block_that_includes_it() -> None:
    assert "priority" in labels("vrrp_instance a {\n    include part.conf\n}\n", "|")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("state |", ["MASTER", "BACKUP"]),
        ("interface |", ["lo", "eth7"]),
        ("smtp_alert |", ["true", "false"]),
        ("track_interface {\n|\n}", ["lo", "eth7"]),
        ("virtual_ipaddress {\n192.0.2.1/24 dev |\n}", ["lo", "eth7"]),
        ("unicast_peer {\n192.0.2.1 |\n}", ["min_ttl", "max_ttl"]),
        ("track_script {\nchk |\n}", ["weight", "reverse", "noreverse"]),
        ("track_script {\nchk weight |\n}", ["reverse", "noreverse"]),
        ("track_script {\n|\n}", ["chk"]),
        ("track_script { |", ["chk"]),
        ("priority |", []),
        ("no_such_word |", []),
    ],
)
def test_words_of_a_keyword(line: str, wanted: list[str]) -> None:
    before = "vrrp_script chk {\n}\nvrrp_instance b {\n    interface eth7\n}\nvrrp_instance a {\n"
    assert wanted == labels(f"{before}{line}\n}}\n")


def test_options_of_an_address_are_offered_once() -> None:
    found = labels("vrrp_instance a {\nvirtual_ipaddress {\n192.0.2.1/24 dev eth0 |\n}\n}\n")
    assert {"label", "scope", "no_track", "use_vmac"} <= set(found)
    assert not {"dev", "track_group"} & set(found)


def test_a_virtual_server_may_be_a_group() -> None:
    assert ["fwmark", "group"] == labels("virtual_server |")
    assert ["pool"] == labels("virtual_server_group pool {\n}\nvirtual_server group |")


@pytest.mark.parametrize(
    ("typed", "label"), [("$|", "$AB"), ("$A|", "$AB"), ("${A|", "${AB}"), ("${A|}", "${AB")]
)
def test_a_dollar_sign_brings_definitions(typed: str, label: str) -> None:
    assert label in labels(f"$AB=1\nvrrp_instance a {{\n    priority {typed}\n}}\n")


def test_the_typed_part_is_what_is_replaced() -> None:
    state, place = snapshot("vrrp_instance a {\n    virtual_ipaddress {\n        192.0.2.1 -no|\n")
    assert 19 == complete(state, *place).column


def test_a_deprecated_spelling_is_marked() -> None:
    state, place = snapshot("|")
    found = {each.label: each.deprecated for each in complete(state, *place).proposals}
    assert (True, False) == (found["vrrp_track_file"], found["track_file"])


def test_comments_take_extensions_and_silenced_rules() -> None:
    assert [] == labels("# a|")
    assert {"ignore", "ipvs_follows_vrrp"} <= set(labels("global_defs {\n    # pykeepalived: |\n}\n"))
    assert "PK401" in labels("# pykeepalived: ignore PK|")
    assert [] == labels("# pykeepalived: ignore PK401 -- because |")
