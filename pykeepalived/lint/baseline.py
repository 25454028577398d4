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
        if data["format"] != FORMAT:
            raise UsageError(f"{name}: baseline format {data['format']!r} is not known, {FORMAT} is")
        return frozenset(str(item) for item in data["findings"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{name} is not a baseline file: {error}") from error
