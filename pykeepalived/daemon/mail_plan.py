"""Where mails go and what they are about: a configuration as MailSettings.

The relay's name and our own are looked up here, while a configuration is read, as keepalived does: later
nobody waits for a name server.
"""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Callable

from pykeepalived.config.blocks.root import Config
from pykeepalived.notify.mail import MailSettings
from pykeepalived.plan.lvs import LvsPlan

Lookup = Callable[[str], str]
"""From a host name to its first address; "" when it has none."""


def look_up(name: str) -> str:
    """The first address of a host name or address."""
    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return ""


def canonical_name() -> str:
    """This host's name as the resolver has it, ``lb1.example.com`` if ``/etc/hosts`` says so.

    What keepalived takes for an unset ``router_id``, HELO name and sender; the bare name if nobody knows it.
    """
    name = os.uname().nodename
    try:
        return socket.getaddrinfo(name, None, flags=socket.AI_CANONNAME)[0][3] or name
    except OSError:
        return name


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "keepalived"


def mail_settings(
    config: Config, lvs: LvsPlan, lookup: Lookup = look_up, own_name: Callable[[], str] = canonical_name
) -> MailSettings:
    """Without a relay or recipients: settings that send nothing, and nothing is looked up."""
    block = config.global_defs
    if block.smtp_server is None or not block.notification_email:
        return MailSettings()
    needed = not (block.router_id and block.smtp_helo_name and block.notification_email_from)
    name = own_name() if needed else ""
    pools = [(pool.settings.label, pool) for pool in lvs.pools]
    servers: list[str] = []
    for label, pool in pools:
        labels = {server.key: server.label for server in pool.settings.servers}
        servers.extend(f"{label} {labels[key]}" for key, real in pool.servers if real.smtp_alert)
    return MailSettings(
        host=lookup(block.smtp_server.host),
        port=block.smtp_server.port,
        helo=block.smtp_helo_name or name,
        sender=block.notification_email_from or f"{_user()}@{name}",
        recipients=tuple(entry.name for entry in block.notification_email),
        router_id=block.router_id or name,
        connect_timeout_s=block.smtp_connect_timeout,
        faults=not block.no_email_faults,
        instances={
            one.name: one.notify_deleted is not None for one in config.vrrp_instances if one.smtp_alert
        },
        groups=tuple(one.name for one in config.vrrp_sync_groups if one.smtp_alert),
        services=tuple(label for label, pool in pools if pool.virtual_server.smtp_alert),
        servers=tuple(servers),
    )
