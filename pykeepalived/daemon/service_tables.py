"""The nft tables around the IPVS table: marks of groups, source NAT.

They belong to our netlink socket and go with it, whatever way this process ends; connections that are
translated already stay so.  A table that did not change is not touched by a reload; one that did is replaced
in one transaction.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.kernel.netlink import Refusal
from pykeepalived.kernel.nft_messages import Table, delete_table
from pykeepalived.kernel.nft_services import mark_tables, source_nat_tables
from pykeepalived.kernel.nftables import NftSocket
from pykeepalived.plan.group_marks import GroupMarks
from pykeepalived.plan.source_nat import SourceNat

_TOO_OLD = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT, errno.EAFNOSUPPORT})

log = get_logger()


class ServiceTables:
    """Keeps them as the configuration wants them.  What fails is said; everything else goes on."""

    def __init__(self, open_socket: Callable[[], NftSocket] = NftSocket) -> None:
        self._open_socket = open_socket
        self._socket: NftSocket | None = None
        self._have: dict[Table, list[bytes]] = {}

    def configure(
        self, marks: GroupMarks | None, source_nat: SourceNat | None, namespace: str | None
    ) -> None:
        """At start and at reload."""
        wanted: dict[Table, list[bytes]] = {}
        if marks is not None:
            wanted.update(mark_tables(marks))
        if source_nat is not None:
            wanted.update(source_nat_tables(source_nat))
        if wanted == self._have:
            return
        try:
            self._change(wanted, namespace)
        except OSError as problem:
            reason = problem.strerror or problem
            log.error(f"nftables cannot be used: {reason}; marks of groups and source NAT are not set up")

    def close(self) -> None:
        """The tables go with the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._have.clear()

    def _change(self, wanted: dict[Table, list[bytes]], namespace: str | None) -> None:
        if self._socket is None:
            with network_namespace(namespace):
                self._socket = self._open_socket()
        nft = self._socket
        owners = {one.table: one.owner for one in nft.tables()}
        for table in [table for table in self._have if table not in wanted]:
            nft.apply([delete_table(table)])
            del self._have[table]
        for table, messages in wanted.items():
            if self._have.get(table) == messages:
                continue
            owner = owners.get(table)
            if owner is not None and owner != nft.port:
                log.error(f"{_name(table)} belongs to another process: its part is not set up")
                continue
            # One without an owner is keepalived's, or was left by it: the name is ours by configuration.
            before = [delete_table(table)] if table in owners else []
            refused = nft.apply([*before, *messages])
            if refused:
                log.error(f"{_name(table)} is not set up: {_explained(refused[0])}")
                self._have.pop(table, None)
            else:
                self._have[table] = messages
                log.debug(f"{_name(table)} is in force")


def _name(table: Table) -> str:
    return f"nft table {'ip' if table.family == 2 else 'ip6'} {table.name}"


def _explained(refused: Refusal) -> str:
    if refused.errno in _TOO_OLD:
        return (
            f"{refused.text}; it needs Linux 5.12 or later with the modules nf_tables, nft_ct, nft_masq,"
            " nft_nat and nft_chain_nat"
        )
    return refused.text
