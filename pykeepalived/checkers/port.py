"""What a check is, and the list of all checks."""

from __future__ import annotations

import abc
import functools
from typing import Any, ClassVar, Generic, TypeVar

from pykeepalived.base.discover import DiscoveryError, discover
from pykeepalived.health.settings import CheckKind
from pykeepalived.health.verdict import Verdict

T = TypeVar("T")

HELPERS = frozenset({"port", "sockets", "exchange", "http_reader", "body"})
"""Modules of this package that hold no check."""


class Check(abc.ABC, Generic[T]):
    """One kind of check.  Instances keep no state between probes, so one serves all servers."""

    kind: ClassVar[CheckKind]
    log_name: ClassVar[str]
    """How keepalived's log calls this kind when it fails: ``HTTP_CHECK`` for HTTP_GET."""

    @abc.abstractmethod
    async def probe(self, target: T, deadline_ns: int) -> Verdict:
        """Probe once; the verdict comes before ``deadline_ns`` (CLOCK_MONOTONIC).

        A server that cannot be reached or answers wrongly is a bad verdict, never an exception.  Raises
        :class:`pykeepalived.health.verdict.ProbeNotRunError` when this host could not make the probe.
        Cancelling the task ends the probe and closes its socket.
        """

    def step_line(self, target: T, server: str, service: str) -> str:
        """What to log when one of several targets answered well while the server is down; may be empty."""
        return ""

    def up_line(self, target: T, server: str, service: str) -> str:
        """What to log when the check succeeded after a failure or for the first time."""
        return f"{self.log_name} on service {server} success."

    def failed_line(self, verdict: Verdict, server: str, service: str) -> str:
        """What to log for one failed try."""
        if verdict.line:
            return verdict.line.format(server=server, service=service)
        return f"{self.log_name} on service {server}: {verdict.reason}."

    def down_line(self, verdict: Verdict, server: str, service: str, retries: int) -> str:
        """What to log when the check has failed for good, ``retries`` tries after the first failure."""
        after = f" after {retries} retries" if retries else ""
        return f"{self.log_name} on service {server} failed{after}."


@functools.cache
def registry() -> dict[CheckKind, Check[Any]]:
    """Every kind of check by its configuration word.

    Raises :class:`pykeepalived.base.discover.DiscoveryError` when two files claim the same word.
    """
    import pykeepalived.checkers as package

    checks: dict[CheckKind, Check[Any]] = {}
    for cls in discover(package, Check, skip=HELPERS):  # type: ignore[type-abstract]
        check: Check[Any] = cls()
        if check.kind in checks:
            other = type(checks[check.kind]).__module__
            raise DiscoveryError(f"{check.kind} is claimed by {other} and {cls.__module__}")
        checks[check.kind] = check
    return checks
