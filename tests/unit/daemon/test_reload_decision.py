"""Which new configuration may replace the running one."""

from __future__ import annotations

import pytest

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.config.load import load_text
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


RUNNING = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    mcast_typo 1
    virtual_ipaddress {
        192.0.2.1
    }
}
"""
SERVICE = """
virtual_server 192.0.2.1 80 {
    delay_loop 6
    real_server 10.0.0.1 80 {
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            nb_get_retry 3
        }
    }
}
"""


def refused(running: str, new: str) -> list[str]:
    """What refuses the new file, by code."""
    return [one.code for one in new_errors(load_text(running).diagnostics, load_text(new).diagnostics)]


@pytest.mark.parametrize(
    "more",
    [
        RUNNING.replace("VI_1", "VI_2").replace("51", "52"),  # with the word that is ignored in VI_1
        SERVICE,  # an old word, and defaults for protocol, scheduler and method
        "vrrp_sync_group G {\n group {\n VI_1\n }\n}\n",
    ],
)
def test_what_works_as_written_is_no_reason(more: str) -> None:
    assert load_text(RUNNING + more).errors[1:]
    assert [] == refused(RUNNING, RUNNING + more)


def test_a_long_password_is_no_reason() -> None:
    long = "virtual_router_id 51\n authentication {\n auth_type PASS\n auth_pass 0123456789\n }"
    assert [] == refused(RUNNING, RUNNING.replace("virtual_router_id 51", long))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("other_typo 1\n", "unknown-keyword"),
        ("mcast_typo {\n}\n", "unknown-keyword"),
        ("vrrp_instance VI_2 {\n interface eth0\n}\n", "no-vrid"),
    ],
)
def test_what_is_lost_is_a_reason(more: str, code: str) -> None:
    assert code in refused(RUNNING, RUNNING + more)


def test_what_cannot_change_is_said() -> None:
    assert [] == unchangeable(Fixed("a", "ns"), Fixed("a", "ns"))
    sentences = unchangeable(Fixed(None, "ns"), Fixed("b", "other"))
    assert ["instance", "net_namespace"] == [sentence.split()[0] for sentence in sentences]
    assert "stays 'ns'" in sentences[1]
