"""Policy rule lines, in the spelling of iproute2.

Kept habits of the reference: ``inet`` and ``inet6`` swallow the next word, ``sport 10`` is refused where
``sport 10-10`` passes, ``protocol`` takes only a number, and ``table`` with ``l3mdev`` never works.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pykeepalived.base.c_integer import c_integer
from pykeepalived.config.kinds.option_lines import (
    EVERYTHING,
    BadLineError,
    OptionLineKind,
    OptionReader,
)
from pykeepalived.config.kinds.rtnames import DSFIELDS, IP_PROTOCOLS, KEEPALIVED_PROTOCOL, TABLES
from pykeepalived.config.schema import Site
from pykeepalived.config.values import RuleLine
from pykeepalived.syntax.nodes import Statement

ACTIONS = ("nop", "blackhole", "unreachable", "prohibit")
_RANGE = re.compile(r"([0-9]+)-([0-9]+)\Z")


def _network(option: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        if text in EVERYTHING and r.family is not None:
            raise BadLineError(r.index, f"{option} {text} after a word that fixed the family")
        if text not in EVERYTHING:
            r.prefix(text)
        r.add(option, text)

    return read


def _action(r: OptionReader, name: str, *words: str) -> None:
    if any(option in (*ACTIONS, "table", "l3mdev", "goto") for option, _ in r.options):
        raise BadLineError(r.index, f"{name} is a second action")
    r.add(name, *words)


def _verb(name: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        _action(r, name)

    return read


def _table(r: OptionReader) -> None:
    text = r.next()
    if r.number("table", text, 0, 0xFFFFFFFF, TABLES) == 0:
        raise BadLineError(r.index, "table 0 is refused")
    _action(r, "table", r.named("table", text, 0xFFFFFFFF, TABLES))


def _number(
    option: str, high: int = 0xFFFFFFFF, names: dict[str, int] | None = None
) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        r.add(option, r.named(option, text, high, names))

    return read


def _mark(r: OptionReader) -> None:
    text = r.next()
    for part in text.split("/", 1):
        r.number("fwmark", part, 0, 0xFFFFFFFF)
    r.add("fwmark", text)


def _realms(r: OptionReader) -> None:
    text = r.realms(r.next())
    r.fix_family(4, "realms")
    r.add("realms", text)


def _range(option: str, high: int) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        found = _RANGE.match(text)
        if found is None or not int(found[1]) <= int(found[2]) <= high:
            raise BadLineError(
                r.index, f"{option}: '{text}' is not LO-HI up to {high}", "write N-N for a single value"
            )
        r.add(option, text)

    return read


def _interface(option: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        r.add(option, r.interface(option))

    return read


def _ipproto(r: OptionReader) -> None:
    text = r.next()
    r.number("ipproto", text.lower(), 0, 255, IP_PROTOCOLS)
    r.add("ipproto", text)


def _track_group(r: OptionReader) -> None:
    if not r.static:
        raise BadLineError(r.index, "track_group is only for static lines")
    r.add("track_group", r.next())


def _goto(r: OptionReader) -> None:
    text = r.next()
    r.number("goto", text, 0, 0xFFFFFFFF)
    _action(r, "goto", text)


def _type(r: OptionReader) -> None:
    text = r.next()
    if text not in ACTIONS:
        raise BadLineError(r.index, f"type: '{text}' is not {', '.join(ACTIONS)}")
    _action(r, text)


_OPTIONS: dict[str, Callable[[OptionReader], None]] = {
    "from": _network("from"),
    "to": _network("to"),
    "table": _table,
    "lookup": _table,
    "not": lambda r: r.add("not"),
    "preference": _number("preference"),
    "order": _number("preference"),
    "priority": _number("preference"),
    "tos": _number("tos", 255, DSFIELDS),
    "dsfield": _number("tos", 255, DSFIELDS),
    "fwmark": _mark,
    "realms": _realms,
    "suppress_prefixlength": _number("suppress_prefixlength", 2**31 - 1),
    "sup_pl": _number("suppress_prefixlength", 2**31 - 1),
    "suppress_ifgroup": _number("suppress_ifgroup", 0xFFFFFFFF, {"default": 0}),
    "sup_group": _number("suppress_ifgroup", 0xFFFFFFFF, {"default": 0}),
    "iif": _interface("iif"),
    "dev": _interface("iif"),
    "oif": _interface("oif"),
    "tunnel-id": _number("tunnel-id", 2**64 - 1),
    "uidrange": _range("uidrange", 0xFFFFFFFE),
    "l3mdev": lambda r: _action(r, "l3mdev"),
    "protocol": _number("protocol", 255),
    "ipproto": _ipproto,
    "sport": _range("sport", 65535),
    "dport": _range("dport", 65535),
    "no_track": lambda r: r.add("no_track"),
    "track_group": _track_group,
    "type": _type,
    "goto": _goto,
    **{action: _verb(action) for action in ACTIONS},
}


class RuleLineKind(OptionLineKind[RuleLine]):
    """One policy rule; exactly one action (table, goto, l3mdev, nop, blackhole, unreachable, prohibit)."""

    words = "[from PREFIX] [to PREFIX] [OPTION…] ACTION"
    option_readers = _OPTIONS

    def other(self, r: OptionReader, word: str) -> None:
        raise BadLineError(r.index, f"'{word}' is not an option of a rule")

    def finish(self, r: OptionReader) -> RuleLine:
        self.check(r)
        return RuleLine(r.family or 4, tuple(r.options), r.statement)

    def leave_out(self, statement: Statement, site: Site, bad: BadLineError) -> None:
        site.error(
            "bad-rule", f"rule: {bad.why}", statement, bad.index, hint=bad.hint,
            consequence="the rule is left out",
        )  # fmt: skip

    def check(self, r: OptionReader) -> None:
        actions = [name for name, _ in r.options if name in (*ACTIONS, "table", "l3mdev", "goto")]
        if not actions:
            raise BadLineError(
                0,
                "there is no action",
                "add table N, goto N, l3mdev, nop, blackhole, unreachable or prohibit",
            )
        preference = r.value("preference")
        if actions == ["goto"]:
            target = r.value("goto")
            if preference is None or target is None:
                raise BadLineError(0, "goto needs a preference")
            if (c_integer(target[0]) or 0) <= (c_integer(preference[0]) or 0):
                raise BadLineError(0, "goto must lead to a higher preference")
        if actions != ["table"] and (
            r.has("suppress_prefixlength") or r.has("suppress_ifgroup") or r.has("realms")
        ):
            raise BadLineError(0, "realms and suppress_… belong to a table rule")
        if r.has("track_group") and not r.has("iif"):
            r.complain("track_group needs iif", "it follows no group")
            r.drop("track_group")
        protocol = r.value("protocol")
        if protocol and not r.has("no_track") and c_integer(protocol[0]) != KEEPALIVED_PROTOCOL:
            r.complain(
                "protocol needs no_track: keepalived finds its own rules by their protocol",
                f"protocol {KEEPALIVED_PROTOCOL} is used",
            )
        if preference is None:
            r.complain("the rule has no preference", "a number is chosen, from 16384 downwards")


__all__ = ["RuleLineKind"]
