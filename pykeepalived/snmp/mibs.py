"""Which tables an agent serves, and which subtrees it asks the master for."""

from __future__ import annotations

from typing import Any

from pykeepalived.snmp import (
    keepalived_addresses,
    keepalived_check,
    keepalived_check_globals,
    keepalived_global,
    keepalived_tracking,
    keepalived_vrrp,
    oids,
    rfc2787,
    rfc6527,
)
from pykeepalived.snmp.mib import Table
from pykeepalived.snmp.served import Served
from pykeepalived.wire.agentx import Oid

_PARTS: tuple[tuple[str, Oid, tuple[Table[Any], ...]], ...] = (
    (
        "vrrp",
        oids.VRRP,
        (*keepalived_vrrp.TABLES, *keepalived_addresses.TABLES, *keepalived_tracking.TABLES),
    ),
    ("checker", oids.CHECK, (*keepalived_check.TABLES, *keepalived_check_globals.TABLES)),
    ("rfc2787", oids.RFC2787, rfc2787.TABLES),
    ("rfc6527", oids.RFC6527, rfc6527.TABLES),
)
"""By the field of Served."""


def served_tables(served: Served) -> list[tuple[Oid, tuple[Table[Any], ...]]]:
    """Subtrees and what stands below them."""
    parts = [(root, tables) for field, root, tables in _PARTS if getattr(served, field)]
    if served.vrrp or served.checker:
        parts.insert(0, (oids.GLOBAL, keepalived_global.TABLES))
    return parts
