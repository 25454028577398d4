"""From the text of a configuration to what the checker process is told."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.load import load_text
from pykeepalived.config.schema import schema_of
from pykeepalived.config.values import Account
from pykeepalived.health.settings import (
    BodyPattern,
    CheckerSettings,
    CheckKind,
    CheckSchedule,
    Connection,
    DnsTarget,
    FileTarget,
    HttpProtocol,
    HttpTarget,
    MiscTarget,
    PingTarget,
    SmtpTarget,
    SslTarget,
    TcpTarget,
    TlsOptions,
    UdpTarget,
)
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.health import Identity, plan_checks

S = 1_000_000_000
HERE = Connection(ip_address("192.0.2.11"), 80)


def accounts(account: Account | None) -> Identity | None:
    if account is None:
        return (99, 98, (98,))
    return None if account.user == "nobody-here" else (1000, 1000, (1000, 27))


def plan(checker: str = "", *, service: str = "", server: str = "", before: str = "") -> CheckerPlan:
    text = f"""
{before}
virtual_server 203.0.113.10 80 {{
    lb_algo rr
    lb_kind NAT
    protocol TCP
    {service}
    real_server 192.0.2.11 80 {{
        {server}
        {checker}
    }}
}}
"""
    return plan_checks(load_text(text).config, accounts)


def only(*args: str, **more: str) -> CheckerSettings:
    (server,) = plan(*args, **more).checks
    (checker,) = server.checkers
    return checker


NEEDED = {
    CheckKind.HTTP: "url {\npath /\n}",
    CheckKind.SSL: "url {\npath /\n}",
    CheckKind.MISC: 'misc_path "/bin/true"',
    CheckKind.FILE: "track_file F",
    CheckKind.BFD: "name B",
}
BEFORE = """
track_file F {
    file /tmp/f
}
bfd_instance B {
    neighbor_ip 192.0.2.11
    source_ip 192.0.2.1
}
"""


@pytest.mark.parametrize("kind", CheckKind)
def test_every_kind_of_check_is_planned(kind: CheckKind) -> None:
    assert kind is only(f"{kind} {{\n{NEEDED.get(kind, '')}\n}}", before=BEFORE).kind


def test_every_block_of_a_check_has_a_kind() -> None:
    blocks = {one.name for one in schema_of(RealServer).declarations() if one.attribute == "checkers"}
    assert blocks == set(CheckKind)


class TestSchedule:
    def test_defaults(self) -> None:
        expected = CheckSchedule(
            delay_loop_ns=60 * S, retry=1, delay_before_retry_ns=S, warmup_ns=60 * S, budget_ns=5 * S
        )

        assert CheckerSettings(CheckKind.TCP, (TcpTarget(HERE),), expected) == only("TCP_CHECK {\n}")

    @pytest.mark.parametrize(
        ("checker", "retry", "pause_s", "budget_s"),
        [
            ("HTTP_GET {\nurl {\npath /\n}\n}", 1, 3, 15),
            ("SSL_GET {\nurl {\npath /\n}\n}", 1, 3, 15),
            ("SMTP_CHECK {\n}", 1, 1, 20),
            ("DNS_CHECK {\n}", 3, 60, 5),
            ("UDP_CHECK {\n}", 1, 1, 5),
            ("PING_CHECK {\n}", 1, 1, 5),
            ("MISC_CHECK {\nmisc_path /bin/true\n}", 0, 1, 60),
        ],
    )
    def test_defaults_of_the_other_kinds(self, checker: str, retry: int, pause_s: int, budget_s: int) -> None:
        schedule = only(checker).schedule

        assert (retry, pause_s * S, budget_s * S) == (
            schedule.retry,
            schedule.delay_before_retry_ns,
            schedule.budget_ns,
        )

    def test_a_checker_inherits_from_its_server_and_that_from_the_service(self) -> None:
        schedule = only(
            "TCP_CHECK {\nretry 5\n}",
            server="delay_before_retry 2.5\nretry 4",
            service="delay_loop 6\nconnect_timeout 3\nwarmup 0.5\nretry 3\nalpha",
        ).schedule

        assert (
            CheckSchedule(
                delay_loop_ns=6 * S,
                retry=5,
                delay_before_retry_ns=2_500_000_000,
                warmup_ns=500_000_000,
                budget_ns=3 * S,
                alpha=True,
            )
            == schedule
        )

    def test_warmup_is_the_delay_loop_of_the_checker_itself(self) -> None:
        assert 7 * S == only("TCP_CHECK {\ndelay_loop 7\n}", service="delay_loop 6").schedule.warmup_ns

    def test_all_failures_are_logged_on_general_request(self) -> None:
        wish = "global_defs {\nchecker_log_all_failures\n}"

        assert only("TCP_CHECK {\n}", before=wish).schedule.log_all_failures
        assert not only("TCP_CHECK {\nlog_all_failures off\n}", before=wish).schedule.log_all_failures


class TestConnection:
    def test_everything_can_be_said(self) -> None:
        checker = only(
            "TCP_CHECK {\nconnect_ip 192.0.2.12\nconnect_port 81\nbindto 192.0.2.1\nbind_port 1024\n"
            "bind_if eth0\nfwmark 5\n}"
        )

        assert (
            TcpTarget(Connection(ip_address("192.0.2.12"), 81, ip_address("192.0.2.1"), 1024, "eth0", 5)),
        ) == checker.targets


class TestWeb:
    def test_a_plain_url(self) -> None:
        (target,) = only("HTTP_GET {\nurl {\npath /index\n}\n}").targets

        assert HttpTarget(HERE, "/index", "192.0.2.11:80", 5 * S) == target

    def test_urls_keep_their_order_and_their_own_settings(self) -> None:
        checker = only(
            """HTTP_GET {
                http_protocol 1.1
                virtualhost b.example.net
                fast_recovery
                url {
                    path /a
                    status_code 200 301-302
                    virtualhost a.example.net
                    digest 9F0F5AD3B3A9B1ED1C2E5B6EA3D8F0B1
                }
                url {
                    path /b
                    regex "al.ve"
                    regex_options caseless
                    regex_no_match
                    regex_min_offset 3
                }
            }"""
        )
        first, second = checker.targets

        assert checker.schedule.fast_recovery
        assert checker.schedule.confirm_recovery
        assert (
            HttpTarget(
                HERE,
                "/a",
                "a.example.net",
                5 * S,
                HttpProtocol.HTTP_1_1,
                ((200, 200), (301, 302)),
                "9f0f5ad3b3a9b1ed1c2e5b6ea3d8f0b1",
            )
            == first
        )
        assert isinstance(second, HttpTarget)
        assert ("b.example.net", BodyPattern("al.ve", False, ("caseless",), 3, 0)) == (
            second.host,
            second.pattern,
        )

    def test_the_host_is_inherited_from_the_service(self) -> None:
        (target,) = only("HTTP_GET {\nurl {\npath /\n}\n}", service="virtualhost www.example.net").targets

        assert isinstance(target, HttpTarget)
        assert "www.example.net" == target.host

    def test_a_pattern_that_cannot_be_used_is_said_and_left_out(self) -> None:
        made = plan('HTTP_GET {\nurl {\npath /\nregex "("\n}\n}')
        (target,) = made.checks[0].checkers[0].targets

        assert isinstance(target, HttpTarget)
        assert target.pattern is None
        assert any("is not used" in note for note in made.notes)

    def test_a_check_without_url_is_left_out(self) -> None:
        made = plan("HTTP_GET {\n}")

        assert () == made.checks[0].checkers

    @pytest.mark.parametrize(
        ("words", "name"),
        [
            ("", ""),
            ("enable_sni", "www.example.net"),
            ("sni_name other.example.net", "other.example.net"),
            ("sni_name", "www.example.net"),
        ],
    )
    def test_server_name_indication(self, words: str, name: str) -> None:
        checker = only(f"SSL_GET {{\nvirtualhost www.example.net:8443\n{words}\nurl {{\npath /\n}}\n}}")
        (target,) = checker.targets

        assert isinstance(target, SslTarget)
        assert TlsOptions(server_name=name) == target.tls

    def test_client_credentials(self) -> None:
        checker = only(
            "SSL_GET {\nurl {\npath /\ntls_compliant\n}\n}",
            before="SSL {\nca /a\ncertificate /b\nkey /c\npassword d\n}",
        )
        (target,) = checker.targets

        assert isinstance(target, SslTarget)
        assert TlsOptions("", True, "/a", "/b", "/c", "d") == target.tls


class TestOtherKinds:
    def test_smtp(self) -> None:
        (target,) = only("SMTP_CHECK {\nhelo_name me.example.net\nconnect_port 25\n}").targets

        assert SmtpTarget(Connection(ip_address("192.0.2.11"), 25), "me.example.net", 5 * S) == target

    def test_dns(self) -> None:
        (target,) = only("DNS_CHECK {\ntype AAAA\nname www.example.net\n}").targets

        assert DnsTarget(HERE, "AAAA", "www.example.net") == target

    def test_udp(self) -> None:
        (target,) = only(
            "UDP_CHECK {\npayload 00ff\nrequire_reply 12XX\nmin_reply_length 2\nmax_reply_length 9\n}"
        ).targets

        assert isinstance(target, UdpTarget)
        assert (b"\x00\xff", True, b"\xff\x00", 2, 9) == (
            target.payload,
            target.require_reply,
            target.reply_mask,
            target.min_reply_length,
            target.max_reply_length,
        )
        assert 0x12 == target.reply[0]

    def test_ping(self) -> None:
        assert (PingTarget(HERE),) == only("PING_CHECK {\n}").targets

    def test_misc(self) -> None:
        checker = only('MISC_CHECK {\nmisc_path "/bin/check -a"\nmisc_timeout 4\nmisc_dynamic\nuser me\n}')

        assert (MiscTarget(("/bin/check", "-a"), True, 1000, 1000, (1000, 27)),) == checker.targets
        assert 4 * S == checker.schedule.budget_ns
        assert checker.schedule.from_start

    def test_misc_of_an_unknown_user_is_left_out_and_said(self) -> None:
        made = plan("MISC_CHECK {\nmisc_path /bin/true\nuser nobody-here\n}")

        assert () == made.checks[0].checkers
        assert any("nobody-here" in note for note in made.notes)

    def test_file(self) -> None:
        checker = only(
            "FILE_CHECK {\ntrack_file t\nweight 2\n}",
            server="weight 7",
            before="track_file t {\nfile /run/number\n}",
        )

        assert (FileTarget("/run/number", 7, 2),) == checker.targets


class TestPools:
    def test_a_server_starts_down_when_one_of_its_checks_has_alpha(self) -> None:
        assert plan("TCP_CHECK {\nalpha\n}").pools[0].servers[0].starts_down
        assert not plan("TCP_CHECK {\n}").pools[0].servers[0].starts_down
        assert not plan("", service="alpha").pools[0].servers[0].starts_down

    def test_checks_are_named_as_keepalived_names_service_and_server(self) -> None:
        (checks,) = plan("TCP_CHECK {\n}", server="weight 5").checks

        assert ("[203.0.113.10]:tcp:80", "[192.0.2.11]:tcp:80", 5) == (
            checks.service,
            checks.server,
            checks.weight,
        )

    def test_the_plan_can_be_sent_to_a_running_process(self) -> None:
        from pykeepalived.ipc.framing import decode, encode
        from pykeepalived.ipc.messages import Reload

        every = "\n".join(
            [
                "TCP_CHECK {\n}",
                "HTTP_GET {\nurl {\npath /\nregex a\n}\n}",
                "SSL_GET {\nurl {\npath /\n}\n}",
                "SMTP_CHECK {\n}",
                "DNS_CHECK {\n}",
                "UDP_CHECK {\npayload 00\nrequire_reply 12\n}",
                "PING_CHECK {\n}",
                "MISC_CHECK {\nmisc_path /bin/true\n}",
            ]
        )
        message = Reload(1, plan(every, before="global_defs {\nlvs_timeouts tcp 5\n}"))

        assert 8 == len(message.plan.checks[0].checkers)  # type: ignore[attr-defined]
        assert message == decode(encode(message))
