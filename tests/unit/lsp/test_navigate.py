"""Definition, references and rename."""

from __future__ import annotations

import pytest

from pykeepalived.lsp.changes import Change, apply
from pykeepalived.lsp.navigate import Refused, definition, references, rename
from tests.support.editing import MAIN, PART, snapshot, stretch

TRACKED = """\
vrrp_script chk {
    script /bin/true
}
track_file load {
    file /tmp/load
}
vrrp_track_process web {
    process nginx
}
bfd_instance far {
    neighbor_ip 192.0.2.1
}
track_group tied {
    group {
        one
    }
}
virtual_server_group pool {
    192.0.2.1 80
}
vrrp_instance one {
    track_script {
        chk weight 2
    }
    track_file {
        load
    }
    track_process {
        web
    }
    track_bfd {
        far
    }
}
static_ipaddress {
    192.0.2.1 dev eth0 track_group tied
}
virtual_server group pool {
    real_server 192.0.2.2 80 {
        FILE_CHECK {
            track_file load
        }
        BFD_CHECK {
            name far
        }
    }
}
global_defs {
    lvs_sync_daemon eth0 one
}
vrrp_sync_group both {
    group {
        one
    }
}
"""


@pytest.mark.parametrize(
    ("use", "found"),
    [
        ("        ch|k weight", "keepalived.conf:1:chk"),
        ("        lo|ad\n", "keepalived.conf:4:load"),
        ("        we|b\n", "keepalived.conf:7:web"),
        ("        fa|r\n", "keepalived.conf:10:far"),
        ("track_group ti|ed\n", "keepalived.conf:13:tied"),
        ("virtual_server group po|ol", "keepalived.conf:18:pool"),
        ("            track_file lo|ad", "keepalived.conf:4:load"),
        ("name fa|r", "keepalived.conf:10:far"),
        ("lvs_sync_daemon eth0 o|ne", "keepalived.conf:21:one"),
        ("vrrp_sync_group both {\n    group {\n        o|ne", "keepalived.conf:21:one"),
    ],
)
def test_every_way_to_name_something_leads_to_its_block(use: str, found: str) -> None:
    assert TRACKED.count(use.replace("|", "")) == 1
    state, place = snapshot(TRACKED.replace(use.replace("|", ""), use))
    assert [found] == [stretch(state, span) for span in definition(state, *place)]


def test_a_keyword_is_no_name() -> None:
    state, place = snapshot(TRACKED.replace("    track_scr", "    track|_scr"))
    assert [] == definition(state, *place)


def test_the_same_word_for_another_thing_is_no_reference() -> None:
    state, place = snapshot("vrrp_script o|ne {\n}\nvrrp_instance one {\n    interface one\n}\n")
    assert ["keepalived.conf:1:one"] == [stretch(state, span) for span in references(state, *place)]


def test_an_included_file_is_seen_from_the_file_that_includes_it() -> None:
    part = "vrrp_instance a {\n    track_script {\n        c|hk\n    }\n}\n"
    state, place = snapshot("include part.conf\nvrrp_script chk {\n}\n", part)
    assert ["keepalived.conf:2:chk"] == [stretch(state, span) for span in definition(state, *place)]


def test_an_include_leads_to_every_file_it_reads() -> None:
    state, place = snapshot("incl|ude p*.conf\n", "vrrp_script chk {\n}\n")
    assert [(PART, 1)] == [(span.file, span.line) for span in definition(state, *place)]


def test_of_several_definitions_of_a_variable_the_last_one_above_counts() -> None:
    text = "$A=1\n$A=2\nvrrp_instance x {\n    priority $|A\n}\n$A=3\n"
    state, place = snapshot(text)
    assert ["keepalived.conf:2:A"] == [stretch(state, span) for span in definition(state, *place)]


def test_the_variable_of_a_sequence_is_defined_by_it() -> None:
    state, place = snapshot("~SEQ(n, 1, 3) vrrp_instance v${|n} {\n}\n")
    assert ["keepalived.conf:1:n"] == [stretch(state, span) for span in definition(state, *place)]


def test_comments_have_no_variables() -> None:
    state, place = snapshot("$|A=1\n# $A\nrouter_id $A # $A\n")
    assert ["keepalived.conf:1:A", "keepalived.conf:3:A"] == [
        stretch(state, span) for span in references(state, *place)
    ]


# ---------------------------------------------------------------- rename
def renamed(text: str, new: str, part: str | None = None) -> dict[str, str] | str:
    """The texts after a rename at the cursor, or why there is none."""
    state, place = snapshot(text, part)
    found = rename(state, *place, new)
    if isinstance(found, Refused):
        return found.why
    result = dict(state.texts)
    for file in result:
        changes = [
            Change(
                file, (each.span.line, each.span.column), (each.span.line, each.span.end_column), each.text
            )
            for each in found
            if each.span.file == file
        ]
        result[file] = apply(result[file], changes)
    return result


def test_rename_leaves_other_things_of_that_name_alone() -> None:
    text = "vrrp_script a| {\n}\nvrrp_instance a {\n    track_script {\n        a weight 2\n    }\n}\n"
    expected = "vrrp_script b {\n}\nvrrp_instance a {\n    track_script {\n        b weight 2\n    }\n}\n"
    assert {MAIN: expected} == renamed(text, "b")


def test_quotes_stay_and_come_where_they_are_needed() -> None:
    text = 'vrrp_script "a" {\n}\nvrrp_instance x {\n    track_script {\n        a|\n    }\n}\n'
    assert isinstance(result := renamed(text, "b c"), dict)
    assert 2 == result[MAIN].count('"b c"')


def test_lines_for_another_configuration_id_are_renamed_too() -> None:
    text = (
        "vrrp_script a| {\n}\n@one vrrp_instance x {\n@^one vrrp_instance y {\n"
        "    track_script {\n@other   a\n        a\n    }\n}\n"
    )
    assert isinstance(result := renamed(text, "b"), dict)
    assert "@other   b\n        b\n" in result[MAIN]


def test_a_name_in_a_definition_is_renamed_there_once() -> None:
    text = (
        "vrrp_script a| {\n}\n$T= \\\n    track_script { \\\n        a \\\n    }\n\n"
        "vrrp_instance x {\n    $T\n}\nvrrp_instance y {\n    $T\n}\n"
    )
    assert isinstance(result := renamed(text, "b"), dict)
    assert "        b \\\n" in result[MAIN]
    assert 2 == result[MAIN].count("b ")


def test_a_name_that_is_put_together_refuses_the_rename() -> None:
    text = "$N=1\nvrrp_instance v|1 {\n}\nvrrp_sync_group g {\n    group {\n        v${N}\n    }\n}\n"
    assert "put together" in renamed(text, "w")


@pytest.mark.parametrize(
    ("new", "why"),
    [("taken", "there is a vrrp_script taken already"), ("", "is no name"), ("a$b", "is no name")],
)
def test_a_bad_new_name_is_refused(new: str, why: str) -> None:
    assert why in renamed("vrrp_script a| {\n}\nvrrp_script taken {\n}\n", new)


def test_a_variable_is_renamed_in_all_files() -> None:
    result = renamed("$|A=1\ninclude part.conf\n", "B", "router_id ${A}$A x$A\n")
    assert {MAIN: "$B=1\ninclude part.conf\n", PART: "router_id ${B}$B x$B\n"} == result
