"""Hover, symbols, and edits."""

from __future__ import annotations

import pytest

from pykeepalived.lsp.changes import actions, apply, difference, fix_all, layout
from pykeepalived.lsp.hover import hover
from pykeepalived.lsp.outline import Outline, outline
from tests.support.editing import MAIN, PART, snapshot


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "vrrp_instance a {\n    prio|rity 3\n}\n",
            ["range: 1 to 255", "default: 100", "in `vrrp_instance`"],
        ),
        ("vrrp_track|_file a {\n}\n", ["another spelling", "deprecated: write `track_file`"]),
        ("$A=7\nvrrp_instance a {\n    priority $|A\n}\n", ["$A=\n7", "Read as", "priority 7"]),
        ("global_defs {\n    router_id ${_PW|D}\n}\n", ["Directory of the file being read"]),
        (
            "vrrp_instance a {\n}\nvrrp_sync_group g {\n    group {\n        |a\n    }\n}\n",
            ["used once", ":1"],
        ),
        ("inc|lude no*.conf\n", ["no file is included"]),
    ],
)
def test_hover_tells(text: str, parts: list[str]) -> None:
    state, place = snapshot(text)
    found = hover(state, *place)
    assert found is not None
    assert [] == [part for part in parts if part not in found.text]


def test_nothing_is_told_about_nothing() -> None:
    state, place = snapshot("vrrp_instance a {\n   | \n}\n")
    assert hover(state, *place) is None


def shape(found: list[Outline]) -> list[object]:
    return [(each.keyword, each.words, each.start, each.end, shape(each.children)) for each in found]


def test_symbols_are_the_blocks_of_one_file() -> None:
    state, _ = snapshot("vrrp_instance a {\n    include part.conf\n}\nSSL {\n}|\n", "track_script { x\n}\n")
    document = state.project(MAIN).document
    assert [("vrrp_instance", "a", (1, 1), (3, 2), []), ("SSL", "", (4, 1), (5, 2), [])] == shape(
        outline(document, MAIN)
    )
    assert [("track_script", "", (1, 1), (2, 2), [])] == shape(outline(document, PART))


def test_an_unclosed_block_ends_with_what_it_holds() -> None:
    state, _ = snapshot("vrrp_instance a {\n    track_script {\n        x\n|")
    (found,) = outline(state.project(MAIN).document, MAIN)
    assert (3, 10) == found.end == found.children[0].end


# ---------------------------------------------------------------- edits
def test_layout_touches_only_the_lines_that_differ() -> None:
    text = "vrrp_instance a {\n    priority 7\n  interface   eth0\n}\n"
    (change,) = layout(MAIN, text)
    assert ((3, 1), (4, 1), "    interface eth0\n") == (change.start, change.end, change.text)


@pytest.mark.parametrize(
    ("old", "new"), [("", "a\n"), ("a", "a\n"), ("a\nb\n", "b\n"), ("a\n", ""), ("a\n", "a\nb")]
)
def test_a_difference_applied_gives_the_new_text(old: str, new: str) -> None:
    assert new == apply(old, difference(MAIN, old, new))


def test_a_finding_of_an_included_file_is_mended_there() -> None:
    part = (
        "vrrp_instance a {\n    interface eth0\n    virtual_router_id 7\n"
        "    virtual_ipaddress {\n        192.0.2.1|\n    }\n}\n"
    )
    state, place = snapshot("include part.conf\n", part)
    project = state.project(MAIN)
    safe = [each for each in actions(project, PART, place[1], place[1]) if each.preferred]
    assert safe
    assert {PART} == {change.file for each in safe for change in each.changes}
    assert "192.0.2.1/32\n" in apply(state.texts[PART], safe[0].changes)
    assert "192.0.2.1/32\n" in apply(state.texts[PART], fix_all(project, PART))
    assert [] == fix_all(project, MAIN)


def test_silencing_a_finding_keeps_its_line_and_its_indentation() -> None:
    state, _ = snapshot("vrrp_instance a {\n    priority 300|\n}\n")
    silence = next(
        each for each in actions(state.project(MAIN), MAIN, 2, 2) if each.title.startswith("Silence")
    )
    text = apply(state.texts[MAIN], silence.changes)
    assert f"    # pykeepalived: ignore {silence.finding.code} -- reason\n    priority 300\n" in text
    again, _ = snapshot(text + "|")
    codes = [each.code for each in again.project(MAIN).findings if each.span and each.span.line == 3]
    assert silence.finding.code not in codes


def test_what_came_out_of_a_definition_is_not_edited() -> None:
    state, _ = snapshot("$P=300\nvrrp_instance a {\n    priority $P\n}\n|")
    assert [] == list(actions(state.project(MAIN), MAIN, 3, 3))
