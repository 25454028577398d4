"""Which test shows which requirement: read from the tests themselves, and written as ``docs/conformance.md``.

A test names a requirement by its id in brackets in its docstring; a golden case does so in its reason.  The
list of requirements (``tests/conformance/requirements.toml``) says which show what must *not* happen.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
REQUIREMENTS = TESTS / "conformance" / "requirements.toml"
DOCUMENT = TESTS.parent / "docs" / "conformance.md"

_ID = re.compile(r"\[([A-Z]{2}-\d+)\]")
_LEVELS = {"M": "must", "S": "should", "M/S": "must", "X": "expected"}
_GROUPS = {
    "TX": "Packet format, sending",
    "RX": "Packet checks, receiving",
    "TM": "Timers",
    "IN": "Initialize",
    "BK": "Backup",
    "AC": "Master (Active)",
    "XC": "Cross-cutting",
    "AR": "ARP and neighbour discovery frames",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the list, with the tests that were found for it."""

    id: str
    level: str
    section: str
    text: str
    reason: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]

    @property
    def gap(self) -> str:
        """What is missing; empty when nothing is."""
        if self.reason:
            return ""
        if not self.level.startswith("M"):
            return "" if self.positive or self.negative else "neither a test nor a reason"
        missing = [
            name for name, tests in (("positive", self.positive), ("negative", self.negative)) if not tests
        ]
        return f"no {' and no '.join(missing)} test" if missing else ""


class Catalogue:
    """Every test function and golden case, by name, and the requirements each of them names."""

    def __init__(self, root: Path = TESTS) -> None:
        self.places: dict[str, str] = {}
        self.named: dict[str, list[str]] = {}
        for path in sorted(root.rglob("test_*.py")):
            self._functions(path, root)
        for kind, pattern in (("vrrp", "*.trace"), ("wire", "*.why")):
            for path in sorted((root / "golden" / kind).glob(pattern)):
                self._add(f"{kind}/{path.stem}", path, root, path.read_text())
        for folder in sorted((root / "golden" / "lint").iterdir()):
            self._add(f"lint/{folder.name}", folder, root, "")

    def _functions(self, path: Path, root: Path) -> None:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                self._add(node.name, path, root, ast.get_docstring(node) or "")

    def _add(self, name: str, path: Path, root: Path, text: str) -> None:
        self.places[name] = str(path.relative_to(root))
        for requirement in _ID.findall(text):
            self.named.setdefault(requirement, []).append(name)


def requirements(tests: Catalogue) -> Iterator[Requirement]:
    """The list, each row with its tests.

    What is listed as negative is not counted as positive, unless it is listed there too.
    """
    for row in tomllib.loads(REQUIREMENTS.read_text())["requirement"]:
        negative = row.get("negative", [])
        named = [name for name in tests.named.get(row["id"], []) if name not in negative]
        positive = dict.fromkeys([*named, *row.get("positive", [])])
        yield Requirement(
            row["id"],
            row["level"],
            row["section"],
            row["text"],
            row.get("reason", ""),
            tuple(positive),
            tuple(negative),
        )


def document(rows: Iterable[Requirement], tests: Catalogue) -> str:
    """``docs/conformance.md``."""
    listed = list(rows)
    must = [row for row in listed if row.level.startswith("M")]
    both = sum(1 for row in must if row.positive and row.negative)
    lines = [
        "# Conformance",
        "",
        "Generated from the tests by `UPDATE_GOLDEN=1 pytest tests/unit/test_conformance.py`; do not edit.",
        "",
        "Every requirement of RFC 9568 (VRRPv3; errata 7947, 7949, 8298 to 8301), RFC 5798, RFC 3768",
        "and RFC 2338 (VRRPv2), and what users of keepalived rely on. *Shown by* are tests in which it",
        "holds, *and not otherwise* tests in which what it forbids is refused, or does not happen. Master is",
        "RFC 9568's Active. Sections are of RFC 9568 unless said otherwise. Links lead to a test's file.",
        "",
        f"{len(must)} requirements are MUST: {both} have tests of both kinds, {len(must) - both} a reason.",
        f"{len(listed) - len(must)} are SHOULD or expected: each has a test or a reason.",
    ]
    group = ""
    for row in listed:
        if row.id[:2] != group:
            group = row.id[:2]
            lines += ["", f"## {_GROUPS[group]}", ""]
            lines += [
                "| id | level | requirement | § | shown by | and not otherwise |",
                "|---|---|---|---|---|---|",
            ]
        shown = _names(row.positive, tests) or row.reason
        refuted = _names(row.negative, tests) or ("–" if row.positive else "")
        text = row.text.replace("|", "\\|")
        lines.append(f"| {row.id} | {_LEVELS[row.level]} | {text} | {row.section} | {shown} | {refuted} |")
    return "\n".join(lines) + "\n"


def _names(names: Iterable[str], tests: Catalogue) -> str:
    """At most four of each: the tests themselves are the full list."""
    listed = list(names)
    shown = [f"[{_short(name)}](../tests/{tests.places[name]})" for name in listed[:4]]
    if len(listed) > 4:
        shown.append("and more")
    return "<br>".join(shown)


def _short(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")
