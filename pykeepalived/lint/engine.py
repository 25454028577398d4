"""Run rules over configurations: select, check, suppress, compare with the baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.cascade import fold_cascades
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.registry import BARE_SUPPRESSION, UNCODED, UNUSED_SUPPRESSION, all_rules, find_rule
from pykeepalived.lint.rule import FAMILIES, DiagnosticRule, PairRule, Rule
from pykeepalived.lint.subject import Subject
from pykeepalived.lint.suppress import Suppression, apply_suppressions, find_suppressions


@dataclass(frozen=True, slots=True)
class Selection:
    """Which findings are wanted.  ``select`` and ``ignore`` hold codes, code prefixes (``PK4``) or names."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: Severity = Severity.NOTICE

    def wants(self, code: str, name: str) -> bool:
        if self.select and not any(_matches(item, code, name) for item in self.select):
            return False
        return not any(_matches(item, code, name) for item in self.ignore)

    def wants_finding(self, finding: Finding) -> bool:
        return finding.severity >= self.min_severity and self.wants(finding.code, finding.name)


def _matches(item: str, code: str, name: str) -> bool:
    return item == name or code.startswith(item.upper())


@dataclass(frozen=True, slots=True)
class Result:
    """Findings in order of place, how many a comment or the baseline silenced, and what was read."""

    findings: tuple[Finding, ...]
    suppressed: int
    in_baseline: int
    files: tuple[str, ...]

    def worst(self) -> Severity | None:
        return max((finding.severity for finding in self.findings), default=None)


def lint(
    subjects: Sequence[Subject],
    selection: Selection,
    *,
    pair: bool = False,
    baseline: frozenset[str] = frozenset(),
    rules: Sequence[Rule] | None = None,
) -> Result:
    """All wanted findings of ``subjects``; with ``pair`` also what the routers must agree on."""
    chosen = tuple(all_rules()) if rules is None else tuple(rules)
    raw: list[Finding] = []
    for subject in subjects:
        found = _supersede(list(_check_one(subject, chosen)), chosen)
        raw.extend(fold_cascades(found, subject.document))
    if pair and len(subjects) > 1:
        group = tuple(subjects)  # one object: the rules remember what they matched in it
        for rule in chosen:
            if isinstance(rule, PairRule):
                raw.extend(rule.check_group(group))
    suppressions = [
        suppression
        for subject in subjects
        for file, text in subject.texts.items()
        for suppression in find_suppressions(file, text)
    ]
    kept, silenced = apply_suppressions(_distinct(raw), suppressions)
    if rules is None:
        kept.extend(_about_suppressions(suppressions, selection, _families(subjects, pair)))
    wanted = [finding for finding in kept if selection.wants_finding(finding)]
    fresh = [finding for finding in wanted if finding.fingerprint() not in baseline]
    files = tuple(
        dict.fromkeys(file for subject in subjects for file in (subject.texts or {subject.path: ""}))
    )
    return Result(tuple(sorted(fresh, key=Finding.sort_key)), len(silenced), len(wanted) - len(fresh), files)


def _supersede(findings: list[Finding], rules: Iterable[Rule]) -> list[Finding]:
    """Leave out findings that another one on their line explains better (:attr:`Rule.replaces`)."""
    replaces = {rule.code: frozenset(rule.replaces) for rule in rules if rule.replaces}
    if not any(finding.code in replaces for finding in findings):
        return findings
    by_line: dict[tuple[str, int], list[int]] = {}
    for number, finding in enumerate(findings):
        if finding.span is not None:
            by_line.setdefault((finding.span.file, finding.span.line), []).append(number)
    gone: set[int] = set()
    for numbers in by_line.values():
        for better in numbers:
            if better in gone:
                continue
            targets = replaces.get(findings[better].code, frozenset())
            worse = [n for n in numbers if n not in gone and n != better and findings[n].code in targets]
            if worse:
                gone.update(worse)
                findings[better] = _inheriting(findings[better], [findings[n] for n in worse])
    return [finding for number, finding in enumerate(findings) if number not in gone]


def _inheriting(finding: Finding, replaced: list[Finding]) -> Finding:
    severity = max(finding.severity, *(other.severity for other in replaced))
    consequence = finding.consequence or next(
        (other.consequence for other in replaced if other.consequence), None
    )
    subject = finding.subject or next((other.subject for other in replaced if other.subject), None)
    return replace(finding, severity=severity, consequence=consequence, subject=subject)


def _check_one(subject: Subject, rules: Iterable[Rule]) -> Iterable[Finding]:
    coded: set[str] = set()
    for rule in rules:
        if rule.family() == "host" and subject.host is None:
            continue
        if isinstance(rule, DiagnosticRule):
            coded.update(rule.diagnostics)
        yield from rule.check(subject)
    for diagnostic in subject.diagnostics:  # a diagnostic that no rule has given a code to is still shown
        if diagnostic.code not in coded:
            yield Finding(
                UNCODED,
                diagnostic.code,
                diagnostic.severity,
                diagnostic.message,
                diagnostic.span,
                diagnostic.hint,
                diagnostic.consequence,
                diagnostic.subject,
            )


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))


def _about_suppressions(
    suppressions: Iterable[Suppression], selection: Selection, families: frozenset[str]
) -> Iterable[Finding]:
    """Findings about the comments themselves; ``families`` are those that ran in this call."""
    for suppression in suppressions:
        if not suppression.reason:
            yield BARE_SUPPRESSION.about(suppression)
        if not suppression.used and all(map(_ran_in(families), suppression.codes)):
            yield UNUSED_SUPPRESSION.about(suppression)


def _ran_in(families: frozenset[str]) -> Callable[[str], bool]:
    def ran(code_or_name: str) -> bool:
        """A comment for a rule that did not run in this call can't be told to be unused."""
        rule = find_rule(code_or_name)
        return rule is None or rule.family() in families

    return ran


def _families(subjects: Sequence[Subject], pair: bool) -> frozenset[str]:
    found = set(FAMILIES)
    if not pair:
        found.discard("pair")
    if any(subject.host is None for subject in subjects):
        found.discard("host")
    return frozenset(found)
