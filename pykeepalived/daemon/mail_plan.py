"""Where mails go and what they are about: a configuration as MailSettings.

The relay's name is looked up here, while a configuration is read, as keepalived does: later nobody waits
for a name server.
"""

from __future__ import annotations

import os
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


def mail_settings(
    config: Config, lvs: LvsPlan, lookup: Lookup = look_up, host_name: str | None = None
) -> MailSettings:
    """Without a relay or recipients: settings that send nothing, and nothing is looked up."""
    block = config.global_defs
    if block.smtp_server is None or not block.notification_email:
        return MailSettings()
    own_name = host_name if host_name is not None else os.uname().nodename
    pools = [(pool.settings.label, pool) for pool in lvs.pools]
    servers: list[str] = []
    for label, pool in pools:
        labels = {server.key: server.label for server in pool.settings.servers}
        servers.extend(f"{label} {labels[key]}" for key, real in pool.servers if real.smtp_alert)
    return MailSettings(
        host=lookup(block.smtp_server.host),
        port=block.smtp_server.port,
        helo=block.smtp_helo_name or own_name,
        sender=block.notification_email_from or f"keepalived@{own_name}",
        recipients=tuple(entry.name for entry in block.notification_email),
        router_id=block.router_id or own_name,
        connect_timeout_s=block.smtp_connect_timeout,
        faults=not block.no_email_faults,
        instances={
            one.name: one.notify_deleted is not None for one in config.vrrp_instances if one.smtp_alert
        },
        groups=tuple(one.name for one in config.vrrp_sync_groups if one.smtp_alert),
        services=tuple(label for label, pool in pools if pool.virtual_server.smtp_alert),
        servers=tuple(servers),
    )
