"""The engine: selection, suppression, baseline, findings that stand for others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pytest

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.errors import UsageError
from pykeepalived.base.span import Span
from pykeepalived.lint.baseline import read_baseline, write_baseline
from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.registry import all_rules
from pykeepalived.lint.rule import PairRule, Rule
from pykeepalived.lint.subject import Subject
from tests.support.lint import subject_of

UNKNOWN = "global_defs {\n    ruoter_id a\n}\n"


def _codes(*texts: str, selection: Selection | None = None, pair: bool = False) -> list[str]:
    subjects = [subject_of(text, f"{number}.conf") for number, text in enumerate(texts)]
    return [finding.code for finding in lint(subjects, selection or Selection(), pair=pair).findings]


class _Coarse(Rule):
    """Says "something" about line 2."""

    code: ClassVar[str] = "PK198"
    name: ClassVar[str] = "coarse"
    severity: ClassVar[Severity] = Severity.ERROR

    def check(self, subject: Subject) -> Iterable[Finding]:
        yield self.finding("something", Span(subject.path, 2, 1, 2), consequence="it is ignored")
        yield self.finding("something", Span(subject.path, 3, 1, 2))


class _Fine(Rule):
    """Knows better about line 2."""

    code: ClassVar[str] = "PK199"
    name: ClassVar[str] = "fine"
    severity: ClassVar[Severity] = Severity.NOTICE
    replaces: ClassVar[tuple[str, ...]] = ("PK198",)

    def check(self, subject: Subject) -> Iterable[Finding]:
        yield self.finding("better", Span(subject.path, 2, 5, 6))


class _Together(PairRule):
    """Counts routers."""

    code: ClassVar[str] = "PK998"
    name: ClassVar[str] = "together"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterable[Finding]:
        yield self.finding(f"{len(subjects)} routers", Span(subjects[0].path, 1, 1, 2))


def test_select_takes_codes_prefixes_and_names() -> None:
    for item in ("PK107", "pk107", "PK1", "unknown-keyword"):
        assert _codes(UNKNOWN, selection=Selection(select=(item,))) == ["PK107"]
    assert _codes(UNKNOWN, selection=Selection(select=("PK2",))) == []


def test_ignore_wins_over_select() -> None:
    assert _codes(UNKNOWN, selection=Selection(select=("PK1",), ignore=("PK107",))) == []


def test_a_least_severity_leaves_out_what_matters_less() -> None:
    text = "global_defs {\n    router_id a\n    router_id a\n}\n"

    assert "PK209" in _codes(text)
    assert "PK209" not in _codes(text, selection=Selection(min_severity=Severity.WARNING))


def test_a_finer_finding_stands_for_a_coarse_one_on_its_line() -> None:
    found = lint([subject_of("a\nb\nc\n")], Selection(), rules=[_Coarse(), _Fine()]).findings
    own = [finding for finding in found if finding.code in ("PK198", "PK199")]

    assert [("PK199", 2), ("PK198", 3)] == [(f.code, f.span.line) for f in own if f.span]
    assert own[0].severity is Severity.ERROR
    assert own[0].consequence == "it is ignored"


def test_pair_rules_run_only_on_a_group() -> None:
    subjects = [subject_of("", "a.conf"), subject_of("", "b.conf")]

    def codes(pair: bool) -> list[str]:
        return [
            finding.code for finding in lint(subjects, Selection(), pair=pair, rules=[_Together()]).findings
        ]

    assert codes(True) == ["PK998"]
    assert codes(False) == []


def test_a_finding_of_a_shared_include_is_reported_once() -> None:
    shared = {"shared.conf": "global_defs {\n ruoter_id a\n}\n"}
    subjects = [
        subject_of("include shared.conf\n", name, files=shared)
        for name in ("/etc/keepalived/a", "/etc/keepalived/b")
    ]
    found = [f for f in lint(subjects, Selection()).findings if f.code == "PK107"]

    assert len(found) == 1


def test_diagnostics_that_no_rule_stands_for_are_shown_uncoded() -> None:
    found = lint([subject_of(UNKNOWN)], Selection(), rules=[]).findings

    assert [("PK000", "unknown-keyword")] == [(f.code, f.name) for f in found]


# ------------------------------------------------------------------------------------ comments
def _suppressed(comment: str, *, own_line: bool = False) -> tuple[list[str], int]:
    if own_line:
        text = f"global_defs {{\n    {comment}\n    # and another\n\n    ruoter_id a\n}}\n"
    else:
        text = f"global_defs {{\n    ruoter_id a  {comment}\n}}\n"
    result = lint([subject_of(text)], Selection(select=("PK107", "PK090", "PK091")))
    return [finding.code for finding in result.findings], result.suppressed


def test_a_comment_silences_its_own_line() -> None:
    assert _suppressed("# pykeepalived: ignore PK107 -- why") == ([], 1)
    assert _suppressed("! pykeepalived: ignore unknown-keyword -- why") == ([], 1)
    assert _suppressed("# pykeepalived: ignore PK401, PK107 -- why") == ([], 1)
    assert _suppressed("# pykeepalived: ignore -- why") == ([], 1)


def test_a_comment_on_a_line_of_its_own_silences_the_next_statement() -> None:
    assert _suppressed("# pykeepalived: ignore PK107 -- why", own_line=True) == ([], 1)


def test_a_file_comment_silences_the_whole_file() -> None:
    text = "# pykeepalived: ignore-file PK107 -- why\nglobal_defs {\n a\n b\n}\n"
    result = lint([subject_of(text)], Selection(select=("PK107", "PK091")))

    assert (result.findings, result.suppressed) == ((), 2)


def test_a_comment_without_a_reason_is_reported() -> None:
    assert _suppressed("# pykeepalived: ignore PK107") == (["PK090"], 1)


def test_a_comment_that_silences_nothing_is_reported_and_the_finding_stays() -> None:
    assert _suppressed("# pykeepalived: ignore PK108 -- why") == (["PK107", "PK091"], 0)


def test_a_comment_for_a_rule_that_did_not_run_is_not_called_unused() -> None:
    def unused(code: str) -> list[str]:
        text = f"global_defs {{\n router_id a # pykeepalived: ignore {code} -- why\n}}\n"
        return _codes(text, selection=Selection(select=("PK091",)))

    assert unused("PK107") == ["PK091"]
    pair_and_host = [rule.code for rule in all_rules() if rule.family() in ("pair", "host")]
    assert [unused(code) for code in pair_and_host] == [[] for _ in pair_and_host]


# ------------------------------------------------------------------------------------ baseline
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"), ("[1]", "it says no format"), ('{"a": 1}', "it says no format"),
        ('{"format": 2, "findings": []}', "it has format 2, this version knows 1"),
        ('{"format": 1, "findings": "PK1"}', "'findings' is no list of texts"),
        ('{"format": 1}', "'findings' is no list of texts"),
    ],
)  # fmt: skip
def test_what_is_no_baseline_is_refused_with_the_reason_and_the_remedy(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"b.json is not a baseline file: {why}.*--write-baseline b.json"):
        read_baseline(text, "b.json")


def test_a_baseline_hides_what_was_known_and_shows_what_is_new() -> None:
    known = lint([subject_of(UNKNOWN)], Selection(select=("PK107",)))
    fingerprints = read_baseline(write_baseline(known.findings), "baseline.json")
    moved = "# a line more\n" + UNKNOWN.replace("}", "    nwe_word\n}")
    result = lint([subject_of(moved)], Selection(select=("PK107",)), baseline=fingerprints)

    assert [4] == [finding.span.line for finding in result.findings if finding.span]
    assert result.in_baseline == 1


LINES = (
    "vrrp_instance a {\n use_vmac v netlink_notify_msg\n unicast_peer {\n 192.0.2.9 min_ttl 3\n }\n"
    " virtual_ipaddress {\n 192.0.2.1/24 use_vmac\n }\n virtual_routes {\n 10.0.0.0/8 dev eth0 vrf x\n }\n}\n"
)


def test_a_target_knows_words_within_lines_too() -> None:
    def found(target: tuple[int, int]) -> list[int]:
        subject = subject_of(LINES, "a.conf", target=target)
        findings = lint([subject], Selection(select=("PK002",))).findings
        return [finding.span.line for finding in findings if finding.span]

    assert [2, 4, 7, 10] == found((2, 0))
    assert [2] == found((2, 2))
    assert [] == found((2, 4))
