"""Misspelt blocks on one line."""

from __future__ import annotations

from pykeepalived.config.load import load_text
from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.subject import Subject


def test_two_unknown_blocks_that_share_a_line_do_not_explain_each_other_for_ever() -> None:
    loaded = load_text("vrrp_instance a {\nreal_server 1.2.3.4 1 { TCP_CHECK {\n}\n}\n}\n")
    findings = lint([Subject.of("keepalived.conf", loaded)], Selection()).findings
    places = [finding.span.column for finding in findings if finding.span and finding.code == "PK108"]
    assert [1] == places
