"""Subjects, bodies and headers as recorded from keepalived 2.4.3; delivery to relays that err."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from pykeepalived.ipc.messages import (
    Message,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)
from pykeepalived.notify.mail import Mail, MailSettings, mail_about, mailbox, on_the_wire
from pykeepalived.notify.mailer import ATTEMPTS, MAX_WAITING, Mailer

SERVICE, SERVER = "[203.0.113.20]:tcp:80", "[192.0.2.13]:tcp:80"
SETTINGS = MailSettings(
    host="127.0.0.1",
    sender="ka@example.net",
    recipients=("ops@example.net", "The NOC <noc@example.net>"),
    router_id="GOLDEN",
    instances={"VI_1": False, "VI_2": True},
    groups=("SG",),
    services=(SERVICE,),
    servers=(f"{SERVICE} {SERVER}",),
)
MAIL = Mail("VRRP Instance VI_1 - Entering MASTER state", "VRRP Instance is now owning VRRP VIPs")


def changed(name: str, state: str, kind: SubjectKind = SubjectKind.INSTANCE) -> RouterStateChanged:
    return RouterStateChanged(name, kind, RouterState(state), 100, 0)


@pytest.mark.parametrize(
    ("subject", "text", "message"),
    [
        (MAIL.subject, MAIL.text, changed("VI_1", "MASTER")),
        (
            "VRRP Instance VI_1 - Entering BACKUP state",
            "VRRP Instance is no longer owning VRRP VIPs",
            changed("VI_1", "BACKUP"),
        ),
        (
            "VRRP Instance VI_1 - Entering FAULT state",
            "VRRP Instance is no longer owning VRRP VIPs",
            changed("VI_1", "DELETED"),
        ),
        ("VRRP Instance VI_2 - Deleted", "VRRP Deleted at reload", changed("VI_2", "DELETED")),
        (
            "VRRP Group SG - Entering MASTER state",
            "All VRRP group instances are now in MASTER state",
            changed("SG", "MASTER", SubjectKind.GROUP),
        ),
        (f"Virtualserver {SERVICE} - DOWN", "Lost quorum", ServiceStateChanged(SERVICE, False)),
        (
            f"Virtualserver {SERVICE} - UP",
            "Gained quorum 2+0=2 <= 2",
            ServiceStateChanged(SERVICE, True, "Gained quorum 2+0=2 <= 2"),
        ),
        (
            f"Realserver {SERVER} of virtual server {SERVICE} - DOWN",
            "TCP CHECK failed on service",
            VerdictChanged(SERVICE, SERVER, False, "TCP CHECK failed on service"),
        ),
    ],
)
def test_what_asked_for_mail_gets_keepalived_s_words(subject: str, text: str, message: Message) -> None:
    assert Mail(subject, text) == mail_about(message, SETTINGS, SETTINGS)


@pytest.mark.parametrize(
    "message",
    [
        changed("other", "MASTER"),
        changed("VI_1", "INIT"),
        changed("VI_1", "MASTER", SubjectKind.GROUP),
        ServiceStateChanged("[203.0.113.21]:tcp:80", True),
        VerdictChanged(SERVICE, "[192.0.2.14]:tcp:80", True),
        VerdictChanged(SERVICE, SERVER, False, "down from the start", changed=False),
    ],
)
def test_what_did_not_ask_gets_none(message: Message) -> None:
    assert mail_about(message, SETTINGS, SETTINGS) is None


def test_no_email_faults_is_about_fault_alone() -> None:
    quiet = replace(SETTINGS, faults=False)
    assert mail_about(changed("VI_1", "FAULT"), quiet, quiet) is None
    assert mail_about(changed("VI_1", "BACKUP"), quiet, quiet) is not None


def test_what_a_reload_removed_is_still_told() -> None:
    after = replace(SETTINGS, instances={})
    assert mail_about(changed("VI_2", "DELETED"), after, SETTINGS) is not None


def test_headers_are_keepalived_s_with_recipients_folded() -> None:
    assert [
        "Date: today",
        "From: ka@example.net",
        "Subject: [GOLDEN] VRRP Instance VI_1 - Entering MASTER state",
        "X-Mailer: Keepalived",
        "To: ops@example.net,",
        " The NOC <noc@example.net>",
        "",
        "=> VRRP Instance is now owning VRRP VIPs <=",
        ".",
        "",
    ] == on_the_wire(MAIL, SETTINGS, "today").decode().split("\r\n")


def test_no_text_can_begin_a_header() -> None:
    sent = on_the_wire(Mail("x\r\nBcc: evil@example.net", "."), SETTINGS, "today").decode()
    assert "Subject: [GOLDEN] x Bcc: evil@example.net\r\n" in sent


def test_the_envelope_takes_the_address_out_of_the_angle_brackets() -> None:
    assert ["noc@example.net", "ops@example.net"] == [
        mailbox("The NOC <noc@example.net>"),
        mailbox("ops@example.net"),
    ]


class Relay:
    """Answers each command with what ``answer`` says of it; keeps what it heard."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self.heard: list[str] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220-hello\r\n220 relay\r\n")
        data = False
        while line := (await reader.readline()).decode().strip("\r\n"):
            self.heard.append(line)
            if data:
                while (line := (await reader.readline()).decode().strip("\r\n")) != ".":
                    self.heard.append(line)
            data = line == "DATA"
            writer.write(f"{self._answer(line)}\r\n".encode())
        writer.close()


def kind(line: str) -> str:
    return {"DATA": "354 go on", "QUIT": "221 bye"}.get(line, "250 ok")


def dialogue(answer: Callable[[str], str], mails: int = 1) -> tuple[list[str], list[str], int]:
    """What the relay heard, what was logged as a warning, how many mails wait still."""

    async def run() -> tuple[list[str], list[str], int]:
        relay, said = Relay(answer), list[str]()
        server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
        settings = replace(SETTINGS, port=server.sockets[0].getsockname()[1])
        mailer = Mailer(
            lambda level, text: said.append(text) if level == "warning" else None, settings, retry_seconds=0
        )
        for _ in range(mails):
            mailer.post(MAIL)
        await mailer.close(5)
        server.close()
        return relay.heard, said, mailer.waiting

    return asyncio.run(run())


def test_a_mail_reaches_a_relay_that_answers_in_several_lines() -> None:
    heard, said, waiting = dialogue(kind)
    assert ([], 0) == (said, waiting)
    assert [
        "HELO localhost",
        "MAIL FROM:<ka@example.net>",
        "RCPT TO:<ops@example.net>",
        "RCPT TO:<noc@example.net>",
        "DATA",
    ] == heard[:5]
    assert ["=> VRRP Instance is now owning VRRP VIPs <=", "QUIT"] == heard[-2:]


def test_a_refused_mail_is_tried_again_and_then_reported_with_the_answer() -> None:
    heard, said, waiting = dialogue(lambda line: "550 no" if line.startswith("MAIL") else kind(line))
    assert (ATTEMPTS, 0) == (sum(line.startswith("MAIL") for line in heard), waiting)
    assert 1 == len(said)
    assert "MAIL FROM:<ka@example.net> was answered with '550 no' instead of 250" in said[0]


def test_the_queue_is_bounded_and_says_what_it_dropped() -> None:
    said: list[str] = []

    async def fill() -> int:
        mailer = Mailer(lambda _, text: said.append(text), SETTINGS)
        for _ in range(MAX_WAITING + 3):
            mailer.post(MAIL)
        waiting = mailer.waiting
        await mailer.close(0)
        return waiting

    assert MAX_WAITING == asyncio.run(fill())
    assert 3 == sum(text.startswith("mail dropped") for text in said)
    assert f"{MAX_WAITING} mails were not sent before the end" == said[-1]


def test_without_a_relay_nothing_is_queued() -> None:
    mailer = Mailer(lambda _, text: None, MailSettings(recipients=("ops@example.net",)))
    mailer.post(MAIL)
    assert 0 == mailer.waiting
