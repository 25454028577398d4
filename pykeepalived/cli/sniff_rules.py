"""Which rule of nftables drops VRRP, out of ``nft -j list ruleset``.

Only what can be said for sure from the rule itself: it is on the way in (in a base chain of ``input`` or
``prerouting``, or in a chain those jump to), ends in ``drop`` or ``reject``, and names the protocol; or it is
the policy of such a chain.  iptables-nft keeps its rules there, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WAYS_IN = frozenset({"input", "prerouting"})
_OURS = "keepalived"
_NUMBERS = {"vrrp": 112, "ah": 51}
_PROTOCOL_FIELDS = (
    {"meta": {"key": "l4proto"}},
    {"payload": {"protocol": "ip", "field": "protocol"}},
    {"payload": {"protocol": "ip6", "field": "nexthdr"}},
)

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Culprit:
    """A rule, or with ``handle`` None the policy of a chain."""

    family: str
    table: str
    chain: str
    handle: int | None

    def sentence(self) -> str:
        """Where to look."""
        where = f"{self.family} {self.table} {self.chain}"
        if self.handle is None:
            return f"chain {where} drops by its policy what no rule accepts"
        return (
            f"rule with handle {self.handle} in chain {where} drops the protocol "
            f"(nft -a list chain {where}; nft delete rule {where} handle {self.handle})"
        )


def culprits(listed: Iterable[Entry], family: int, protocol: int) -> Iterator[Culprit]:
    """Of nft's own list; ``family`` is 4 or 6."""
    families = {"inet", "ip" if family == 4 else "ip6", "netdev"}
    entries = list(listed)
    chains = [one["chain"] for one in entries if "chain" in one]
    rules = [one["rule"] for one in entries if "rule" in one]
    entered = {
        (chain["family"], chain["table"], chain["name"])
        for chain in chains
        if chain.get("hook") in _WAYS_IN and chain["family"] in families and chain["table"] != _OURS
    }
    waiting = list(entered)
    while waiting:
        at = waiting.pop()
        for rule in rules:
            if (rule["family"], rule["table"], rule["chain"]) == at:
                further = {(at[0], at[1], name) for name in _targets(rule["expr"])} - entered
                entered |= further
                waiting += further
    for rule in rules:
        where = (rule["family"], rule["table"], rule["chain"])
        if where in entered and _drops(rule["expr"]) and _names(rule["expr"], protocol):
            yield Culprit(*where, rule["handle"])
    for chain in chains:
        where = (chain["family"], chain["table"], chain["name"])
        if where in entered and chain.get("policy") == "drop":
            yield Culprit(*where, None)


def _targets(expressions: Sequence[Entry]) -> Iterator[str]:
    for one in expressions:
        for way in ("jump", "goto"):
            if isinstance(one.get(way), Mapping):
                yield one[way]["target"]


def _drops(expressions: Sequence[Entry]) -> bool:
    return any("drop" in one or "reject" in one for one in expressions)


def _names(expressions: Sequence[Entry], protocol: int) -> bool:
    """Whether a match of the rule is that of the protocol, alone or in a set."""
    return any(
        one["match"]["left"] in _PROTOCOL_FIELDS
        and (protocol in _values(one["match"]["right"])) is (one["match"].get("op") != "!=")
        for one in expressions
        if "match" in one
    )


def _values(right: Any) -> Iterator[int]:
    """nft writes names where the system knows them (Debian's package netbase), else numbers.

    Of a name that is neither of ours only that is known: -1.
    """
    if isinstance(right, Mapping) and "set" in right:
        for one in right["set"]:
            yield from _values(one)
    elif isinstance(right, Mapping) and "range" in right:
        low, high = (next(_values(end), -1) for end in right["range"])
        yield from range(low, high + 1)
    elif isinstance(right, int):
        yield right
    elif isinstance(right, str):
        yield _NUMBERS.get(right, -1)
