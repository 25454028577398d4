"""Enumerations of the MIBs, and texts that several tables share."""

from __future__ import annotations

from pykeepalived.config.values import Script
from pykeepalived.ipc.messages import RouterState
from pykeepalived.snmp.mib import text
from pykeepalived.wire.agentx import Value

STATES = {
    RouterState.INIT: 0,
    RouterState.BACKUP: 1,
    RouterState.MASTER: 2,
    RouterState.FAULT: 3,
    RouterState.STOP: 5,
    RouterState.DELETED: 6,
}
"""VrrpState of KEEPALIVED-MIB."""

RFC_STATES = {RouterState.BACKUP: 2, RouterState.MASTER: 3}
"""State of the RFCs; everything else is initialize(1)."""

_SCOPES = {0: 14, 200: 5, 253: 2, 254: 1, 255: 0}
"""The kernel's number of a scope to InetScopeType."""


def scope(number: int | None) -> int:
    """InetScopeType; unknown ones are 0, as in keepalived."""
    return _SCOPES.get(number or 0, 0)


def command(script: Script | None) -> Value | None:
    """A command line as keepalived shows it: each word in single quotes."""
    if script is None or not script.argv:
        return None
    return text(" ".join(f"'{word}'" for word in script.argv))


def path(script: Script | None) -> Value | None:
    """The program of a command line."""
    return text(script.argv[0]) if script is not None and script.argv else None
