"""Lines out of the argument grammars: a walk through the compiled rules, a strategy per terminal."""

from __future__ import annotations

import re
from functools import cache

from hypothesis import strategies as st
from lark.grammar import Terminal

from pykeepalived.syntax.arguments import CHARACTER_GRAMMARS, _grammar, grammar_names

DEEP = 12
"""Beyond this many nested rules the walk takes the shortest way out."""

WORD_GRAMMARS = tuple(name for name in grammar_names() if name not in CHARACTER_GRAMMARS)


def _numbers(low: int, high: int) -> st.SearchStrategy[str]:
    edges = st.sampled_from([low, high])
    return (edges | st.integers(low, high)).map(str)


IPV4 = st.sampled_from(["192.0.2.1", "198.51.100.7", "224.0.0.82", "0.0.0.0", "255.255.255.255"])
IPV6 = st.sampled_from(["2001:db8::1", "fe80::1", "ff02::81", "::", "::1", "1:2:3:4:5:6:7:8"])
NAMES = st.sampled_from(["a", "VI_1", "eth0", "main", "10", "a-b", "dev", "weight", "é"])
PREFIX4 = st.sampled_from(["192.0.2.0/24", "192.0.2.1/32", "0.0.0.0/0", "198.51.100.9/30"])
PREFIX6 = st.sampled_from(["2001:db8::/64", "2001:db8::1/128", "::/0"])
LARGE = _numbers(0, 2**32 - 1)

TERMINALS: dict[str, st.SearchStrategy[str]] = {
    "IPV4": IPV4,
    "IPV4_PREFIX": PREFIX4,
    "IPV6": IPV6,
    "IPV6_PREFIX": PREFIX6,
    "LOOSE_IP": IPV4 | IPV6 | PREFIX4 | st.just("192.0.2.1-9"),
    "INTERFACE": st.sampled_from(["eth0", "v" * 15, "dev", "br-0.7"]),
    "WORD": NAMES,
    "UINT": LARGE | st.sampled_from(["+5", "007"]),
    "BYTE": _numbers(0, 255) | st.sampled_from(["+7", "007"]),
    "PORT": _numbers(1, 65535) | st.just("0080"),
    "C_UINT": LARGE | st.sampled_from(["0x10", "010"]),
    "RANGE": st.sampled_from(["1-1", "10-20", "0-65535"]),
    "SCOPE": st.sampled_from(["link", "global", "nowhere", "0", "255"]),
    "LABEL": st.sampled_from(["eth0:1", "l" * 15, "é"]),
    "TYPE": st.sampled_from(["unicast", "local", "blackhole", "prohibit", "throw", "unreachable"]),
    "TIME": st.sampled_from(["300ms", "1s", "1.5", "2secs", "300msec", ".5s", "1.s"]),
    "REALMS": st.sampled_from(["3", "3/4", "0/65535"]),
    "FLAG": st.sampled_from(["0", "1"]),
    "PREFERENCE": st.sampled_from(["low", "medium", "high", "0", "255"]),
    "WEIGHT": _numbers(1, 253),
    "LABELS": st.sampled_from(["100", "100/200", "1048575"]),
    "LOCATOR": st.sampled_from(["1:2:3:4", "ffff:0:a:B"]),
    "ACTION": st.sampled_from(["nop", "blackhole", "unreachable", "prohibit"]),
    "MARK": st.sampled_from(["5", "0x18/0xf", "24/12"]),
    "MAXLEN": _numbers(1, 65507),
    "TTL": _numbers(1, 255) | st.just("007"),
    "CODE": _numbers(100, 599),
    "CODES": st.sampled_from(["100-599", "200-299", "404-404"]),
    "SIGNED": st.sampled_from(["+read", "-match", "+wildcard_match", "-brace_match"]),
    "CHECK": st.sampled_from(["read", "match", "wildcard_match", "brace_match"]),
    "NUMBER": st.integers(-(2**31), 2**31 - 1).map(str) | st.sampled_from(["+5", "007", "-0"]),
    "SECONDS": st.sampled_from(["0", "1", "0.5", ".5", "5.", "0.000001", "255"]),
    "PROTOCOL": st.sampled_from(["TCP", "udp", "Sctp"]),
    "BITS": LARGE | st.sampled_from(["+24", "-0"]),
    "OCTETS": st.sampled_from(["0", "0af", "00ff", "0 1 2"]),
    "DIGITS": st.sampled_from(["0X", "xx00", "0 X 2"]),
    "NAME": st.sampled_from(["root", "a b", "0x", "é"]),
    "GROUP": st.sampled_from(["wheel", ":wheel", ":", "::"]),
    "NAMED": st.just("Operators <ops@example.com>"),
    "ADDRESS": st.sampled_from(["ops@example.com", "root", ""]),
    "IFNAME": st.sampled_from(["vrrp.51", "v" * 15, "group1"]),
    "MAC": st.sampled_from(["02:00:5e:10:20:30", "2:0:5E:1:2", "02:00:00:00:00:00"]),
    "ID": _numbers(1, 255) | st.sampled_from(["+7", "007"]),
    "HEX": st.integers(32, 64).map(lambda octets: "hex:" + "0f" * octets),
    "FILE": st.sampled_from(["file:/etc/keepalived/key", "file:"]),
    "TEXT": st.integers(32, 64).map(lambda length: "k" * length),
    "HOST": IPV4 | IPV6,
    "NETWORK": PREFIX4 | PREFIX6,
    "LAST_PART": st.sampled_from(["192.0.2.1-20", "2001:db8::1-ff", "192.0.2.9-5"]),
    "SPAN": st.sampled_from(["192.0.2.1-192.0.2.20", "2001:db8::1-2001:db8::9"]),
}
"""Terminals that are no literal word.  The first table a new terminal is missed in is this one."""


@cache
def _rules(name: str) -> tuple[dict[str, list[list[object]]], dict[str, int], dict[str, object]]:
    """Expansions of each rule, the least depth of each, and the pattern of each terminal."""
    lark = _grammar(name)
    expansions: dict[str, list[list[object]]] = {}
    for rule in lark.rules:
        expansions.setdefault(str(rule.origin.name), []).append(list(rule.expansion))
    depth = dict.fromkeys(expansions, 10**6)
    changed = True
    while changed:
        changed = False
        for origin, ways in expansions.items():
            least = min(_cost(way, depth) for way in ways)
            if least < depth[origin]:
                depth[origin], changed = least, True
    return expansions, depth, {each.name: each.pattern for each in lark.terminals}


def _cost(way: list[object], depth: dict[str, int]) -> int:
    return 1 + max(
        (0 if isinstance(part, Terminal) else depth[str(part.name)] for part in way),  # type: ignore[attr-defined]
        default=0,
    )


@st.composite
def grammar_words(draw: st.DrawFn, name: str) -> list[str]:
    """The words of a line that the grammar ``name`` describes."""
    expansions, depth, patterns = _rules(name)
    found: list[str] = []

    def walk(origin: str, level: int) -> None:
        ways = expansions[origin]
        if level > DEEP:
            least = min(_cost(way, depth) for way in ways)
            ways = [way for way in ways if _cost(way, depth) == least]
        for part in draw(st.sampled_from(ways)):
            if isinstance(part, Terminal):
                pattern = patterns[part.name]
                literal = pattern.type == "str"  # type: ignore[attr-defined]
                found.append(pattern.value if literal else draw(terminal(part.name)))  # type: ignore[attr-defined]
            else:
                walk(str(part.name), level + 1)  # type: ignore[attr-defined]

    walk("start", 0)
    return found


def terminal(name: str) -> st.SearchStrategy[str]:
    return TERMINALS[name.rsplit("__", 1)[-1]]


def words_of(name: str) -> list[str]:
    """The literal words of a grammar."""
    return sorted(pattern.value for pattern in _rules(name)[2].values() if pattern.type == "str")  # type: ignore[attr-defined]


def patterns_of(name: str) -> dict[str, re.Pattern[str]]:
    """The terminals of a grammar that are no literal words."""
    return {
        key: re.compile(pattern.to_regexp())  # type: ignore[attr-defined]
        for key, pattern in _rules(name)[2].items()
        if pattern.type != "str"  # type: ignore[attr-defined]
    }


STRAYS = [
    "foo",
    "-1",
    "0",
    "256",
    "65536",
    "99999999999",
    "192.0.2.1",
    "2001:db8::1",
    "192.0.2.1/33",
    "1.5",
    "0x5",
]


@st.composite
def mutated_words(draw: st.DrawFn, name: str) -> list[str]:
    """A line of the grammar with one to three words dropped, doubled, swapped, misspelt or replaced."""
    words = list(draw(grammar_words(name)))
    for _ in range(draw(st.integers(1, 3))):
        if not words:
            break
        at = draw(st.integers(0, len(words) - 1))
        match draw(st.sampled_from(["drop", "double", "swap", "misspell", "replace", "insert"])):
            case "drop":
                del words[at]
            case "double":
                words.insert(at, words[at])
            case "swap":
                other = draw(st.integers(0, len(words) - 1))
                words[at], words[other] = words[other], words[at]
            case "misspell":
                words[at] = draw(st.sampled_from([words[at][:-1] or "x", words[at] + "x", words[at].upper()]))
            case "replace":
                words[at] = draw(st.sampled_from(STRAYS + words_of(name)))
            case "insert":
                words.insert(at, draw(st.sampled_from(STRAYS + words_of(name))))
    return words
