"""What mails are about, from a configuration."""

from __future__ import annotations

import getpass
import os
import socket

import pytest

from pykeepalived.config.load import load
from pykeepalived.daemon.mail_plan import canonical_name, mail_settings
from pykeepalived.notify.mail import MailSettings
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.syntax.source import DictLoader

RELAY = "smtp_server 192.0.2.25 2525\nnotification_email {\n ops@example.net\n}\n"
INSTANCE = (
    "vrrp_instance %s {\n interface eth0\n virtual_router_id %d\n %s\n virtual_ipaddress { 192.0.2.%d }\n}\n"
)
SERVERS = (
    "virtual_server 192.0.2.80 80 {\n protocol TCP\n %s\n"
    " real_server 10.0.0.1 80 {\n %s\n TCP_CHECK {\n }\n }\n}\n"
)


def settings(text: str) -> MailSettings:
    config = load("/a.conf", DictLoader({"/a.conf": text}), host=None, config_id="a").config
    return mail_settings(config, plan_lvs(config), lambda name: f"address of {name}", lambda: "host")


def test_the_relay_is_looked_up_and_defaults_are_of_the_host() -> None:
    assert MailSettings(
        host="address of 192.0.2.25",
        port=2525,
        helo="host",
        sender=f"{getpass.getuser()}@host",
        recipients=("ops@example.net",),
        router_id="host",
    ) == settings(f"global_defs {{\n{RELAY}}}\n")


def test_our_own_name_is_not_looked_up_when_nothing_needs_it() -> None:
    named = " router_id R\n smtp_helo_name h\n notification_email_from a@b.example\n"
    text = f"global_defs {{\n{RELAY}{named}}}\n"
    config = load("/a.conf", DictLoader({"/a.conf": text}), host=None, config_id="a").config
    found = mail_settings(config, plan_lvs(config), lambda name: name, lambda: pytest.fail("looked up"))
    assert ("R", "h", "a@b.example") == (found.router_id, found.helo, found.sender)


def test_without_recipients_or_relay_there_is_no_mail() -> None:
    for text in ("smtp_server 192.0.2.25\n", "notification_email {\n ops@example.net\n}\n"):
        assert MailSettings() == settings(f"global_defs {{\n{text}smtp_alert\n}}\n")


def test_instances_ask_for_mail_and_real_servers_need_not() -> None:
    text = f"global_defs {{\n{RELAY}}}\n"
    text += INSTANCE % ("VI_1", 1, "smtp_alert", 1) + INSTANCE % ("VI_2", 2, "", 2) + SERVERS % ("", "")
    found = settings(text)
    service, server = "[192.0.2.80]:tcp:80", "[10.0.0.1]:tcp:80"
    assert ({"VI_1": False}, (), (f"{service} {server}",)) == (
        found.instances, found.services, found.servers,
    )  # fmt: skip


def test_a_default_for_checkers_is_not_one_for_vrrp() -> None:
    text = f"global_defs {{\n{RELAY} smtp_alert_checker\n no_email_faults\n}}\n"
    text += INSTANCE % ("VI_1", 1, "", 1) + SERVERS % ("", "smtp_alert off")
    found = settings(text)
    assert (("[192.0.2.80]:tcp:80",), (), {}, False) == (
        found.services, found.servers, found.instances, found.faults,
    )  # fmt: skip


def test_the_host_is_called_as_the_resolver_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(name: str, port: None, flags: int) -> list[tuple[object, ...]]:
        assert (os.uname().nodename, socket.AI_CANONNAME) == (name, flags)
        return [(socket.AF_INET, 1, 6, "lb1.example.com", ("127.0.1.1", 0)), (socket.AF_INET, 2, 17, "", ())]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "lb1.example.com" == canonical_name()

    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert os.uname().nodename == canonical_name()
