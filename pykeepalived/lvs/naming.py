"""Finding servers and virtual servers by what a person types.  Pure.

A server is ``192.0.2.11:80``, ``[2001:db8::11]:80``, an address alone (whatever port), or keepalived's
spelling ``[192.0.2.11]:tcp:80``.  A virtual server is the same, or ``fwmark 7``, or the name of a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.lvs.service import IPAddress
from pykeepalived.lvs.settings import PoolSettings

MOST_NAMES = 12
"""Names in a message."""
MOST_COMPARED = 500
"""Names that are looked through for a similar one: the daemon waits meanwhile."""

_ADDRESS = re.compile(r"\[?(?P<address>[^\[\]]+?)\]?(?::(?P<port>\d{1,5}))?")
_BRACKETED = re.compile(r"\[(?P<address>[^\[\]]+)\](?::(?P<port>\d{1,5}))?")
_LABEL = re.compile(r"\[(?P<address>[^\[\]]+)\]:[a-z]+:(?P<port>\d+)")


class UnknownNameError(PykeepalivedError):
    """No server or virtual server is called so; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, with a port unless any will do."""

    address: IPAddress
    port: int | None

    def fits(self, address: IPAddress | None, port: int) -> bool:
        """Whether it means this one."""
        return address == self.address and self.port in (None, port)


def endpoint(word: str) -> Endpoint | None:
    """``192.0.2.11:80``, ``[2001:db8::11]:80``, ``2001:db8::11``; None for anything else."""
    word = word.strip()
    try:
        return Endpoint(ip_address(word), None)
    except ValueError:
        pass
    form = _BRACKETED if word.startswith("[") else _ADDRESS
    found = form.fullmatch(word)
    if found is None:
        return None
    try:
        return Endpoint(ip_address(found["address"]), int(found["port"]) if found["port"] else None)
    except ValueError:
        return None


def find_servers(
    pools: Iterable[PoolSettings], server: str | None, service: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Labels of virtual server and server, for every place where this server is; None means all.

    UnknownNameError when there is none.
    """
    mine = [pool for pool in pools if service is None or _is_service(pool, service)]
    if not mine:
        known = dict.fromkeys(pool.label for pool in pools)
        raise UnknownNameError(_unknown("virtual server", service or "", known))
    wanted = endpoint(server) if server is not None else None
    found = dict.fromkeys(
        (pool.label, one.label)
        for pool in mine
        for one in pool.servers
        if server is None
        or one.label == server
        or (wanted is not None and wanted.fits(one.key.address, one.key.port))
    )
    if not found:
        known = dict.fromkeys(one.label for pool in mine for one in pool.servers)
        where = f" in virtual server {mine[0].label}" if service is not None and len(mine) == 1 else ""
        raise UnknownNameError(_unknown("real server", server or "", known, where))
    return tuple(found)


def _is_service(pool: PoolSettings, word: str) -> bool:
    if word == pool.label:
        return True
    kind, _, name = word.partition(" ")
    if kind.lower() in ("fwmark", "fwm"):
        return any(str(service.key.fwmark) == name.strip() for service in pool.services)
    if pool.label == f"[{name.strip() if kind == 'group' else word}]:0":
        return True
    wanted = endpoint(word)
    return wanted is not None and any(
        wanted.fits(service.key.address, service.key.port) for service in pool.services
    )


def _similar(word: str, labels: list[str]) -> list[str]:
    """Labels that are like the word in one of the ways to write them."""
    by_form = {form: label for label in reversed(labels) for form in _forms(label)}
    return list(dict.fromkeys(by_form[form] for form in get_close_matches(word, by_form, 3, 0.75)))


def _forms(label: str) -> tuple[str, ...]:
    found = _LABEL.fullmatch(label)
    if found is None:
        return (label,)
    return label, found["address"], f"{found['address']}:{found['port']}"


def _unknown(kind: str, word: str, known: Iterable[str], where: str = "") -> str:
    names = list(known)
    if not names:
        return f"no {kind} is '{word}'{where}: there is none at all"
    near = _similar(word, names) if len(names) <= MOST_COMPARED else []
    if near:
        return f"no {kind} is '{word}'{where}; did you mean {' or '.join(near)}?"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"no {kind} is '{word}'{where}; there are: {', '.join(names[:MOST_NAMES])}{more}"
