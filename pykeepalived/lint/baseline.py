"""Known findings: a file that lets a gate start at "nothing new" instead of at zero."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pykeepalived.base.errors import UsageError
from pykeepalived.lint.finding import Finding

FORMAT = 1


def write_baseline(findings: Iterable[Finding]) -> str:
    """The text of a baseline file holding these findings."""
    fingerprints = sorted({finding.fingerprint() for finding in findings})
    return json.dumps({"format": FORMAT, "findings": fingerprints}, indent=1, ensure_ascii=False) + "\n"


def read_baseline(text: str, name: str) -> frozenset[str]:
    """The fingerprints in a baseline file; raises UsageError naming the file when it is not one."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise _no_baseline(name, f"it is not JSON ({error})") from error
    if not isinstance(data, dict) or "format" not in data:
        raise _no_baseline(name, "it says no format")
    if data["format"] != FORMAT:
        raise _no_baseline(name, f"it has format {data['format']!r}, this version knows {FORMAT}")
    findings = data.get("findings")
    if not isinstance(findings, list) or not all(isinstance(item, str) for item in findings):
        raise _no_baseline(name, "'findings' is no list of texts")
    return frozenset(findings)


def _no_baseline(name: str, why: str) -> UsageError:
    advice = f"write one with 'pykeepalived lint --write-baseline {name} FILE…'"
    return UsageError(f"{name} is not a baseline file: {why}; nothing was checked; {advice}")
