"""Which new configuration may replace the running one."""

from __future__ import annotations

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.daemon.reload import Fixed, new_errors, unchangeable


def error(message: str, line: int = 1, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic("some-code", severity, message, Span("f", line, 1, 2))


def test_an_error_that_was_there_before_is_no_reason_even_when_its_line_moved() -> None:
    assert [] == new_errors([error("bad", 3)], [error("bad", 9)])


def test_a_new_error_is_a_reason() -> None:
    assert [error("worse", 5)] == new_errors([error("bad", 3)], [error("bad", 3), error("worse", 5)])


def test_the_same_error_once_more_is_new() -> None:
    assert [error("bad", 7)] == new_errors([error("bad", 3)], [error("bad", 3), error("bad", 7)])


def test_warnings_are_no_reason() -> None:
    assert [] == new_errors(
        [], [error("hm", severity=Severity.WARNING), error("x", severity=Severity.NOTICE)]
    )


def test_a_fatal_finding_is_a_reason() -> None:
    assert 1 == len(new_errors([], [error("gone", severity=Severity.FATAL)]))


def test_a_first_script_without_script_security_is_no_reason() -> None:
    finding = Diagnostic("script-security", Severity.ERROR, "scripts run and nobody checks them")
    assert [] == new_errors([], [finding])


def test_what_cannot_change_is_said() -> None:
    assert [] == unchangeable(Fixed("a", "ns"), Fixed("a", "ns"))
    sentences = unchangeable(Fixed(None, "ns"), Fixed("b", "other"))
    assert ["instance", "net_namespace"] == [sentence.split()[0] for sentence in sentences]
    assert "stays 'ns'" in sentences[1]
