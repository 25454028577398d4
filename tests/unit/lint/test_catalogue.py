"""The rules as a whole: complete, silent where keepalived is content, documented."""

from __future__ import annotations

import ast
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.fixes import apply_fixes
from pykeepalived.lint.manual import markdown
from pykeepalived.lint.registry import UNCODED, all_rules
from pykeepalived.lint.rule import FAMILIES, DiagnosticRule
from pykeepalived.lint.subject import Subject
from tests.support.beside import CORPUS, needs_corpus
from tests.support.lint import subject_of

ROOT = Path(__file__).parents[3]
SAYING = frozenset({"Diagnostic", "error", "error_at_close", "complain", "report"})
"""The calls that make a diagnostic; their first argument is its code."""

NOT_IN_A_FILE = frozenset({"format-unsafe"})
"""Codes that reading a configuration never gives."""


def _codes_said() -> set[str]:
    found = set()
    for package in ("config", "syntax"):
        for path in (ROOT / "pykeepalived" / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and _name(node.func) in SAYING:
                    found.update(_texts(node.args[0]))
    return found - NOT_IN_A_FILE


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.fullmatch(r"[a-z][a-z0-9-]+", node.value):
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


@cache
def _entries() -> tuple[tuple[Path, dict[str, Any]], ...]:
    return tuple(
        (directory / entry["file"], entry)
        for directory in (CORPUS, CORPUS / "mutants")
        for entry in json.loads((directory / "verdicts.json").read_text(encoding="utf-8"))
    )


def _subject(path: Path) -> Subject:
    return subject_of(path.read_bytes(), path.name, config_id="testhost")


def _accepted(entry: dict[str, Any]) -> bool:
    """Whether keepalived 2.4.3 has nothing to say, with the scripts absent or present."""
    bare = entry["v2_4_3"]
    stub = entry.get("stub", {}).get("v2_4_3", bare)
    return bare["exit"] == 0 or stub["exit"] == 0


def test_there_are_rules_in_every_family() -> None:
    assert set(FAMILIES) == {rule.family() for rule in all_rules()}
    assert len(all_rules()) >= 80


def test_every_diagnostic_has_a_rule_and_no_rule_waits_for_one_that_is_never_made() -> None:
    stands_for = {
        code for rule in all_rules() if isinstance(rule, DiagnosticRule) for code in rule.diagnostics
    }
    said = _codes_said()

    assert sorted(said - stands_for) == []
    written = "".join(
        path.read_text(encoding="utf-8")
        for package in ("config", "syntax")
        for path in (ROOT / "pykeepalived" / package).rglob("*.py")
    )
    assert [code for code in sorted(stands_for - said) if f'"{code}"' not in written] == []


def test_replacing_rules_name_rules() -> None:
    codes = {rule.code for rule in all_rules()}

    assert [(r.code, code) for r in all_rules() for code in r.replaces if code not in codes] == []


@needs_corpus
def test_no_error_on_files_that_keepalived_accepts() -> None:
    wrong = []
    for path, entry in _entries():
        if _accepted(entry):
            found = lint([_subject(path)], Selection(min_severity=Severity.ERROR)).findings
            wrong += [f"{finding.span} {finding.code} {finding.message}" for finding in found]

    assert wrong == []


@needs_corpus
def test_every_diagnostic_in_the_corpus_is_reported_by_one_rule() -> None:
    rules = [rule for rule in all_rules() if isinstance(rule, DiagnosticRule)]
    wrong: Counter[tuple[str, ...]] = Counter()
    for path, _ in _entries():
        subject = _subject(path)
        for diagnostic in subject.diagnostics:
            owners = [rule.code for rule in rules if rule.accepts(diagnostic)]
            if len(owners) != 1 and diagnostic.code != "unknown-name":  # those depend on the whole file
                wrong[(diagnostic.code, diagnostic.message.split(":")[0], *owners)] += 1
        wrong.update(
            (finding.name, finding.message)
            for finding in lint([subject], Selection(select=(UNCODED,))).findings
        )

    assert wrong == {}


def test_the_reference_page_is_current() -> None:
    page = ROOT / "docs" / "rules.md"
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(markdown(), encoding="utf-8")

    assert page.read_text(encoding="utf-8") == markdown(), "run this test with UPDATE_GOLDEN=1"


@needs_corpus
def test_safe_fixes_leave_the_bound_configuration_as_it_was() -> None:
    mended = 0
    for path, _ in _entries():
        subject = _subject(path)
        fixed = apply_fixes(lint([subject], Selection()).findings, subject.texts, unsafe=False)
        for file, text in fixed.texts.items():
            mended += len(fixed.applied)
            after = subject_of(text, file, config_id="testhost")
            assert subject.config == after.config, path.name

    assert mended > 20


@needs_corpus
def test_fixing_everything_comes_to_an_end() -> None:
    for path, _ in _entries():
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        for _ in range(20):
            subject = subject_of(text, path.name, config_id="testhost")
            fixed = apply_fixes(lint([subject], Selection()).findings, subject.texts, unsafe=True)
            if not fixed.applied:
                break
            text = fixed.texts[path.name]
        else:
            pytest.fail(f"{path.name} is never done")
