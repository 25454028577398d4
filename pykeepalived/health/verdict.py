"""The outcome of one probe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the server answered as it should, and why not in words for the log.

    ``reason`` is empty for a good verdict.  ``weight`` is set only by checks that choose a weight
    (MISC_CHECK with ``misc_dynamic``, FILE_CHECK).  ``line`` is what keepalived logs for this very
    outcome, with ``{server}`` and ``{service}`` for the names; empty: the kind of check has only one line.
    """

    ok: bool
    reason: str = ""
    weight: int | None = None
    line: str = ""


class ProbeNotRunError(Exception):
    """The probe could not be made at all (no descriptor, address cannot be bound).

    This says nothing about the server, so keepalived neither counts it as a failure nor as a success.
    """
