"""Whether a new configuration may replace the running one.  Pure.

keepalived ends when the file it is told to reload is broken.  Here a new file that is worse than the running
one is refused and nothing changes: an error counts as new when the running configuration did not have the
same one (same code and words), wherever it stood.  Errors about what works as written are no reason, nor is
a word that the running configuration has, unknown and ignored, in other places: whoever copies a block that
runs gets one more that runs.  A daemon that runs nothing, because it was started with a broken file, has
nothing to protect and takes any file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.base.diagnostic import LINE_IGNORED, Diagnostic, Severity

TOLERATED = frozenset({
    "script-security",  # a first notify script must not make a reload impossible
    "deprecated-keyword", "no-protocol", "no-scheduler", "no-method", "single-member", "own-interface",
    "text-cut",  # a long auth_pass
})  # fmt: skip
"""Errors about what works as written; what is not written has its default."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a running daemon cannot change: it is kept as it was, and said."""

    instance: str | None = None
    net_namespace: str | None = None
    net_namespace_ipvs: str | None = None


def new_errors(
    running: Iterable[Diagnostic], new: Iterable[Diagnostic], *, idle: bool = False
) -> list[Diagnostic]:
    """Errors of the new configuration that the running one did not have, in file order.

    ``idle``: the running one asks for nothing at all, and no error of a new one can make it worse.
    """
    if idle:
        return []
    had = [diagnostic for diagnostic in running if _is_error(diagnostic)]
    known = Counter(map(_identity, had))
    ignored = {diagnostic.message for diagnostic in had if _is_ignored_word(diagnostic)}
    found: list[Diagnostic] = []
    for diagnostic in new:
        if not _is_error(diagnostic) or (_is_ignored_word(diagnostic) and diagnostic.message in ignored):
            continue
        if known[_identity(diagnostic)] > 0:
            known[_identity(diagnostic)] -= 1
        else:
            found.append(diagnostic)
    return found


def unchangeable(running: Fixed, new: Fixed) -> list[str]:
    """A sentence per setting that the new file changes in vain."""
    rows: Sequence[tuple[str, str | None, str | None]] = (
        ("instance", running.instance, new.instance),
        ("net_namespace", running.net_namespace, new.net_namespace),
        ("net_namespace_ipvs", running.net_namespace_ipvs, new.net_namespace_ipvs),
    )
    return [
        f"{keyword} stays '{old or ''}': a reload cannot change it to '{wanted or ''}'"
        for keyword, old, wanted in rows
        if old != wanted
    ]


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity >= Severity.ERROR and diagnostic.code not in TOLERATED


def _is_ignored_word(diagnostic: Diagnostic) -> bool:
    return diagnostic.code == "unknown-keyword" and diagnostic.consequence == LINE_IGNORED


def _identity(diagnostic: Diagnostic) -> tuple[str, str, str | None]:
    return diagnostic.code, diagnostic.message, diagnostic.subject
