"""Every rule: its manual's examples, and its golden cases.

A case is files in ``tests/golden/lint/CODE/``: ``bad-WHAT.conf`` with ``bad-WHAT.out`` (the concise output of
that rule alone), ``ok-WHAT.conf`` (the rule must be silent), ``fix-WHAT.conf`` with ``fix-WHAT.fixed`` (all
its fixes applied).  Several routers are ``bad-WHAT.a.conf``, ``bad-WHAT.b.conf`` …, the host of a case is in
``bad-WHAT.host`` (see ``tests/support/lint.py``).  ``UPDATE_GOLDEN=1`` writes ``.out``
and ``.fixed`` (review them).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pykeepalived.lint.fixes import apply_fixes
from pykeepalived.lint.registry import all_rules
from pykeepalived.lint.reports import Report, render
from pykeepalived.lint.rule import PairRule, Rule
from tests.support.lint import findings_of, result_of, sample_host

GOLDEN = Path(__file__).parents[2] / "golden" / "lint"
RULES = {rule.code: rule for rule in all_rules()}


def _cases(kind: str) -> list[tuple[str, str]]:
    """(code, case) of every case whose name starts with ``kind``."""
    found = {
        (path.parent.name, path.name.split(".")[0])
        for path in GOLDEN.glob(f"*/{kind}-*.conf")
        if path.parent.name in RULES
    }
    return sorted(found)


HOST_RULES = [rule for rule in RULES.values() if rule.family() == "host"]
FILE_RULES = [rule for rule in RULES.values() if rule.family() != "host"]


def _files(code: str, case: str) -> list[Path]:
    return sorted((GOLDEN / code).glob(f"{case}*.conf"), key=lambda path: path.name)


def _own(code: str, case: str) -> list[Path]:
    return [path for path in _files(code, case) if path.name.split(".")[0] == case]


def _texts(code: str, case: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _own(code, case)}


def _golden(name: str, found: bytes) -> bytes:
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(found)
    return (GOLDEN / name).read_bytes()


def _host(code: str, case: str) -> object:
    path = GOLDEN / code / f"{case}.host"
    return sample_host(path.read_text()) if path.exists() else None


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_has_a_manual(rule: Rule) -> None:
    manual = rule.documentation()

    assert manual.what.endswith(".")
    assert manual.why
    assert manual.bad or rule.family() == "host"
    assert manual.good or rule.family() == "host"


@pytest.mark.parametrize("rule", HOST_RULES, ids=lambda rule: rule.code)
def test_a_rule_about_a_machine_has_a_golden_case_that_brings_one(rule: Rule) -> None:
    assert [case for code, case in _cases("bad") if code == rule.code]


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.code)
def test_the_bad_example_triggers_the_rule_and_the_good_one_does_not(rule: Rule) -> None:
    manual = rule.documentation()
    if isinstance(rule, PairRule):
        # The examples of one kind are the routers of one group.
        groups = ((manual.bad, True), (manual.good, False))
        for group, expected in groups:
            texts = {f"router{number}.conf": text for number, text in enumerate(group, 1)}
            assert expected is bool(findings_of(rule.code, texts)), group
        return
    for examples, expected in ((manual.bad, True), (manual.good, False)):
        for example in examples:
            texts = {"keepalived.conf": rule.saved(example)}
            found = findings_of(rule.code, texts, target=rule.sample_target)
            assert expected is bool(found), example


@pytest.mark.parametrize(("code", "case"), _cases("bad"))
def test_a_bad_file_is_found(code: str, case: str) -> None:
    found = render("concise", Report(result_of(code, _texts(code, case), host=_host(code, case))))

    assert found
    assert _golden(f"{code}/{case}.out", found.encode()) == found.encode()


@pytest.mark.parametrize(("code", "case"), _cases("ok"))
def test_a_sound_file_is_left_alone(code: str, case: str) -> None:
    assert findings_of(code, _texts(code, case), host=_host(code, case)) == []


@pytest.mark.parametrize(("code", "case"), _cases("fix"))
def test_a_fix_gives_the_expected_text(code: str, case: str) -> None:
    texts = {name: data.decode("utf-8", "surrogateescape") for name, data in _texts(code, case).items()}
    found = findings_of(code, _texts(code, case))
    fixed = apply_fixes(found, texts, unsafe=True).texts[f"{case}.conf"]
    data = fixed.encode("utf-8", "surrogateescape")

    assert _golden(f"{code}/{case}.fixed", data) == data
    again = findings_of(code, {f"{case}.conf": fixed})
    assert [finding for finding in again if finding.fix] == []


def test_every_rule_folder_belongs_to_a_rule() -> None:
    assert [path.name for path in GOLDEN.iterdir() if path.is_dir() and path.name not in RULES] == []
