"""A misspelt block keyword gives one finding, not one for each line that keepalived then misreads."""

from __future__ import annotations

from pykeepalived.config.load import load_text
from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.subject import Subject

ERRORS_OF_LEVEL = ("PK101", "PK103", "PK107", "PK108")


def level_errors(text: str) -> list[Finding]:
    loaded = load_text(text, file="t.conf")
    subject = Subject("t.conf", loaded.document, loaded.config, loaded.diagnostics, {"t.conf": text})
    return list(lint([subject], Selection(select=ERRORS_OF_LEVEL)).findings)


def places(text: str) -> list[tuple[str, int]]:
    return [(finding.code, finding.span.line if finding.span else 0) for finding in level_errors(text)]


def test_a_misspelt_outermost_block_is_one_finding() -> None:
    text = """vrrp_instnace VI_1 {
    state MASTER
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""
    (only,) = level_errors(text)

    assert ("PK107", 1) == (only.code, only.span.line if only.span else 0)
    assert "5 more complaints follow" in (only.consequence or "")


def test_what_stands_behind_a_misspelt_inner_block_is_not_complained_about() -> None:
    text = """vrrp_instance VI_1 {
    virtual_ipadress {
        192.0.2.1/24
    }
    track_interface {
        eth1
    }
    priority 100
}
"""
    assert [("PK107", 2)] == places(text)


def test_another_unknown_keyword_behind_it_is_still_shown() -> None:
    text = """vrrp_instance VI_1 {
    virtual_ipadress {
        192.0.2.1/24
    }
    prioritty 100
}
"""
    assert [("PK107", 2), ("PK107", 5)] == places(text)


def test_the_next_outermost_block_is_judged_by_itself() -> None:
    text = """vrrp_instnace VI_1 {
    state MASTER
}
vrrp_instance VI_2 {
    prioritty 100
}
"""
    assert [("PK107", 1), ("PK107", 5)] == places(text)


def test_a_misspelt_keyword_without_a_block_folds_nothing() -> None:
    text = """global_defs {
    router_ident a
    routr_id b
}
"""
    assert [("PK107", 2), ("PK107", 3)] == places(text)
