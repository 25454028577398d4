"""The text of mails: which event makes one, to whom, and how it reads on the wire.  Pure.

Subjects and bodies are keepalived's, as recorded from 2.4.3, so that filters made for it keep working.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pykeepalived.ipc.messages import (
    Message,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)

DEFAULT_PORT = 25
_NO_LONGER = "VRRP Instance is no longer owning VRRP VIPs"
_INSTANCE = {
    RouterState.MASTER: ("Entering MASTER state", "VRRP Instance is now owning VRRP VIPs"),
    RouterState.BACKUP: ("Entering BACKUP state", _NO_LONGER),
    RouterState.FAULT: ("Entering FAULT state", _NO_LONGER),
    RouterState.STOP: ("Stopping", "VRRP Instance stopping"),
    RouterState.DELETED: ("Deleted", "VRRP Deleted at reload"),
}
_GROUP = {
    RouterState.MASTER: ("Entering MASTER state", "All VRRP group instances are now in MASTER state"),
    RouterState.BACKUP: ("Entering BACKUP state", "All VRRP group instances are now in BACKUP state"),
    RouterState.FAULT: ("Entering FAULT state", "All VRRP group instances are now in FAULT state"),
    RouterState.STOP: ("Stopping", "All VRRP group instances are now stopping"),
}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mails go and what they are about; without ``host`` or ``recipients`` there are none.

    ``host`` is an address, not a name: nobody looks a name up while the daemon runs.  The value of an
    instance says whether its deletion by a reload is called so (else FAULT).
    """

    host: str = ""
    port: int = DEFAULT_PORT
    helo: str = "localhost"
    sender: str = ""
    recipients: tuple[str, ...] = ()
    router_id: str = ""
    connect_timeout_s: int = 30
    faults: bool = True
    instances: dict[str, bool] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return bool(self.host and self.recipients)


@dataclass(frozen=True, slots=True)
class Mail:
    """``subject`` without the router's name, ``text`` without its arrows."""

    subject: str
    text: str


def mail_about(message: Message, settings: MailSettings, previous: MailSettings) -> Mail | None:
    """The mail that a message deserves; None when nobody asked for one.

    ``previous`` are the settings before the last reload: they still know what it removed.
    """
    match message:
        case RouterStateChanged(kind=SubjectKind.GROUP, name=name, state=state):
            if name not in settings.groups:
                return None
            return _router(f"VRRP Group {name}", state, _GROUP, settings)
        case RouterStateChanged(name=name, state=state):
            removed = state is RouterState.DELETED and name not in settings.instances
            instances = (previous if removed else settings).instances
            if name not in instances:
                return None
            if state is RouterState.DELETED and not instances[name]:
                state = RouterState.FAULT
            return _router(f"VRRP Instance {name}", state, _INSTANCE, settings)
        case ServiceStateChanged(service=service, up=up, reason=reason) if service in settings.services:
            text = reason or ("Gained quorum" if up else "Lost quorum")
            return Mail(f"Virtualserver {service} - {_word(up)}", text)
        case VerdictChanged(changed=False):
            return None
        case VerdictChanged(service=service, server=server, up=up, reason=reason):
            if f"{service} {server}" not in settings.servers:
                return None
            text = reason or f"CHECK {'succeed' if up else 'failed'} on service"
            return Mail(f"Realserver {server} of virtual server {service} - {_word(up)}", text)
        case _:
            return None


def on_the_wire(mail: Mail, settings: MailSettings, date: str) -> bytes:
    """The mail as DATA takes it, from its first header to the closing dot.  ``date`` is RFC 5322's."""
    lines = [
        f"Date: {date}",
        f"From: {_one_line(settings.sender)}",
        f"Subject: [{_one_line(settings.router_id)}] {_one_line(mail.subject)}",
        "X-Mailer: Keepalived",
        *_folded("To: ", [_one_line(one) for one in settings.recipients]),
        "",
        *(_stuffed(f"=> {line} <=") for line in mail.text.splitlines() or [""]),
        ".",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


def mailbox(entry: str) -> str:
    """What goes between the angle brackets of MAIL FROM and RCPT TO: ``Ops <a@b>`` is ``a@b``."""
    entry = _one_line(entry)
    start, end = entry.rfind("<"), entry.rfind(">")
    return entry[start + 1 : end] if 0 <= start < end else entry.strip()


def _router(
    subject: str, state: RouterState, texts: dict[RouterState, tuple[str, str]], settings: MailSettings
) -> Mail | None:
    if state not in texts or (state is RouterState.FAULT and not settings.faults):
        return None
    event, text = texts[state]
    return Mail(f"{subject} - {event}", text)


def _folded(name: str, entries: list[str]) -> Iterable[str]:
    """One recipient a line, as keepalived 2.4.3 folds them."""
    for index, entry in enumerate(entries):
        comma = "," if index < len(entries) - 1 else ""
        yield f"{name if index == 0 else ' '}{entry}{comma}"


def _one_line(text: str) -> str:
    """Nothing in a configuration or a reason may begin a header of its own."""
    return " ".join(text.splitlines())


def _stuffed(line: str) -> str:
    return f".{line}" if line.startswith(".") else line


def _word(up: bool) -> str:
    return "UP" if up else "DOWN"
