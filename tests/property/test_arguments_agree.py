"""The argument grammars and the hand-written readers beside them say the same about every line.

A grammar tells the form of a line.  A reader (:mod:`pykeepalived.config.kinds`) also tells what a right line
cannot mean: ``MEANING`` lists those messages.  Without them "in the grammar" and "the reader has nothing to
say" must be one and the same, for the lines of the corpus, for generated lines and for spoiled ones.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pykeepalived.cli.files import FileLoader
from pykeepalived.config.actions.accounts import account_problem
from pykeepalived.config.actions.headers import service_header
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.frame import Context
from pykeepalived.config.kinds.addresses import AddressLineKind
from pykeepalived.config.kinds.base import UNLIMITED
from pykeepalived.config.kinds.hexadecimal import HexBytes, HexPatternKind
from pykeepalived.config.kinds.lvs import (
    ForwardingKind,
    Granularity,
    ServiceGroupKind,
    StatusRanges,
    SyncDaemonKind,
)
from pykeepalived.config.kinds.numbers import Bool, Decimal, Int
from pykeepalived.config.kinds.routes import RouteLineKind
from pykeepalived.config.kinds.rules import RuleLineKind
from pykeepalived.config.kinds.script import AccountKind, RegexOptions, split_script
from pykeepalived.config.kinds.text import (
    Choice,
    Email,
    IncludeCheck,
    Scheduler,
    Text,
)
from pykeepalived.config.kinds.vrrp import HmacKeyKind, IpvlanKind, PeerKind, TrackKind, VmacKind
from pykeepalived.config.schema import REJECTED, BlockSchema, Kind, Shape
from pykeepalived.syntax.arguments import check_line, check_words
from pykeepalived.syntax.nodes import Block, Statement
from pykeepalived.syntax.parser import parse
from tests.support.argument_lines import TERMINALS, WORD_GRAMMARS, grammar_words, mutated_words, patterns_of
from tests.support.beside import CORPUS_FILES, needs_corpus


@dataclass
class Site:
    """What a reader says about one line."""

    values: dict[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=Context)
    said: list[tuple[str, str]] = field(default_factory=list)
    running: bool = False

    def error(self, code: str, message: str, *_: Any, **__: Any) -> None:
        self.said.append((code, message))

    def missing(self, *_: Any) -> None:
        self.said.append(("missing-word", "a word is missing"))

    def routing_name(self, file: str, name: str) -> int | None:
        return None


class AccountReader(AccountKind):
    """A user and group with the question that is asked as soon as they are read."""

    def read(self, statement: Statement, site: Any) -> Any:
        account = super().read(statement, site)
        if account is not REJECTED and (problem := account_problem(site, account)):
            site.error(*problem)
        return account


READERS: dict[str, tuple[Kind[Any] | None, int]] = {
    "address": (AddressLineKind(static=True), 0),
    "route": (RouteLineKind(static=True), 0),
    "rule": (RuleLineKind(static=True), 0),
    "track_entry": (TrackKind("file", 254), 0),
    "peer": (PeerKind(), 0),
    "virtual_server_group": (ServiceGroupKind(), 0),
    "virtual_server": (None, 1),  # the words before a brace: a header, no kind
    "forwarding": (ForwardingKind(), 1),
    "sync_daemon": (SyncDaemonKind(), 1),
    "status_code": (StatusRanges(), 1),
    "include_check": (IncludeCheck(), 1),
    "boolean": (Bool(), 1),
    "integer": (Int(-(2**31), 2**31 - 1), 1),
    "timer": (Decimal(0, UNLIMITED), 1),
    "advert_int": (Decimal(0.01, 255), 1),
    "scheduler": (Scheduler(), 1),
    "protocol": (Choice("TCP", "UDP", "SCTP", fold=True), 1),
    "granularity": (Granularity(), 1),
    "hex": (HexBytes(), 1),
    "hex_pattern": (HexPatternKind(), 1),
    "regex_options": (RegexOptions(), 1),
    "user_group": (AccountReader(), 1),
    "email": (Email(), 1),
    "reload_time_file": (Text(missing=5, single=True), 1),
    "use_vmac": (VmacKind(), 1),
    "use_ipvlan": (IpvlanKind(), 1),
    "hmac_key": (HmacKeyKind(), 1),
}
"""Grammar → reader, and how many words stand before those of the grammar."""

MEANING: dict[str, dict[str, tuple[str, str]]] = {
    "address": {
        "bad-address": (
            r"is not an IP address",
            "the grammar leaves the groups of an IPv6 address to the reader",
        ),
        "bad-address-option": (
            r"only for IPv4|is not an IPv[46] address|a second interface|a second peer|cannot have a peer"
            r"|has no broadcast|is not a scope|'use_vmac' is not an option|'track_group' is not an option"
            r"|'\d{10,}' is neither",
            "families, repetition, prefix and peer, names of scopes, words of one block only, ranges",
        ),
    },
    "route": {
        "bad-route": (
            r"the line is IPv|fixed the family|only for IPv6|is not an address or network"
            r"|is not an IP address"
            r"|via: .* is not IPv|is not \d+ to \d+|needs id or dst|of its family"
            r"|is not an option of a route|no destination|is not a time|is not from|must come last"
            r"|after nexthop",
            "families, ranges, names of tables and scopes, what one option asks of another",
        ),
        "bad-line": (r"needs no_track|track_group needs", "what one option asks of another"),
    },
    "rule": {
        "bad-rule": (
            r"the line is IPv|fixed the family|is not an address or network|is not \d+ to \d+|is not LO-HI"
            r"|second action|there is no action|goto|belong to a table|table 0",
            "families, ranges, one action, what one option asks of another",
        ),
        "bad-line": (
            r"needs no_track|has no preference|track_group needs",
            "what one option asks of another",
        ),
    },
    "track_entry": {},
    "peer": {
        "bad-address": (r"is not an IP address", "the grammar leaves groups and octets to the reader"),
        "contradiction": (r"min_ttl is above", "two right values"),
    },
    "virtual_server_group": {
        "bad-group-entry": (
            r"host bits|prefix length 0|is not an end above|is not an IP address|1 or more",
            "the size of a mark, host bits, the order of a range, octets and groups",
        ),
    },
    "virtual_server": {
        "bad-address": (r"is not an IP address", "the grammar leaves groups and octets to the reader"),
        "number-range": (r"is not a number from", "the size of a mark"),
    },
    "forwarding": {
        "bad-tunnel": (r"needs a port$|takes no port|does not take", "which options a type of tunnel has"),
    },
    "sync_daemon": {"bad-sync-daemon": (r"not a multicast address|already", "range; repetition")},
    "status_code": {"bad-status": (r"'\d+-\d+' is not", "the order of a range")},
    "include_check": {},
    "boolean": {},
    "integer": {"number-range": (r"out of range", "the range is the keyword's")},
    "timer": {},
    "advert_int": {"number-range": (r"out of range", "the range depends on the version")},
    "scheduler": {},
    "protocol": {},
    "granularity": {"bad-mask": (r"'\d{10,}'", "more than 32 bits")},
    "hex": {},
    "hex_pattern": {},
    "regex_options": {},
    "user_group": {},
    "email": {},
    "reload_time_file": {},
    "use_vmac": {
        "bad-vmac": (r"the name is|is a MAC address already|unicast MAC", "repetition; what a MAC may be")
    },
    "use_ipvlan": {"bad-ipvlan": (r"the (?:name|mode|address) is", "repetition")},
    "hmac_key": {},
}
"""Messages of a reader about lines that the grammar rightly takes: code → pattern of the message, reason."""


def said(name: str, words: list[str]) -> list[tuple[str, str]]:
    """What the reader says about the words of a line."""
    kind, before = READERS[name]
    full = tuple(["keyword"] * before + words)
    statement = Statement(" ".join(full), full, "f", 1)
    # The grammar of a mask is that of IPv4.
    site = Site({"address": IPv4Address("192.0.2.1")} if name == "granularity" else {})
    if kind is None:
        service_header(statement, site)  # type: ignore[arg-type]
        if not site.said and "port" not in site.values and "address" in site.values:
            site.said.append(("no-port", "the reader takes it, the resolver complains of every one"))
    else:
        kind.read(statement, site)  # type: ignore[arg-type]
    return site.said


def form(name: str, messages: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those messages that are about the form of the line."""
    meaning = MEANING[name]
    if any("a second peer" in message for _, message in messages):
        # keepalived goes on with the address of that peer as if it were an option.
        messages = [each for each in messages if "is not an option" not in each[1]]
    return [
        (code, message)
        for code, message in messages
        if code not in meaning or not re.search(meaning[code][0], message)
    ]


def left_out(name: str, words: list[str]) -> bool:
    """Lines whose reader is lenient on purpose, because another step complains or because keepalived is."""
    if name in ("route", "rule"):
        return bool({"inet", "inet6"} & set(words))  # keepalived loses the next word; the grammar says so
    if name == "virtual_server_group":
        return len(words) > 1 and not words[1].strip("0")  # no port: the resolver asks for persistence then
    return False


def disagreement(name: str, words: list[str]) -> str | None:
    if not words or left_out(name, words):
        return None
    mismatch = check_words(name, words)
    if mismatch and "INTERFACE" in mismatch.expected and "/" in "".join(words[mismatch.index :][:1]):
        return None  # no such interface can exist: a question about the host
    messages = said(name, words)
    if mismatch is None and form(name, messages):
        return f"{name}: {words} is in the grammar, the reader says {form(name, messages)}"
    if mismatch is not None and not messages:
        return f"{name}: {words} is refused by the grammar ({mismatch}), the reader says nothing"
    return None


def test_every_word_grammar_has_a_reader() -> None:
    assert set(WORD_GRAMMARS) == set(READERS) == set(MEANING)


@pytest.mark.parametrize("name", WORD_GRAMMARS)
def test_every_terminal_has_a_strategy(name: str) -> None:
    bare = {key.rsplit("__", 1)[-1] for key in patterns_of(name)}

    assert set() == bare - set(TERMINALS)


@pytest.mark.parametrize("name", WORD_GRAMMARS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_lines_of_the_grammar(name: str, data: st.DataObject) -> None:
    words = data.draw(grammar_words(name))
    # Words such as src belong to an encap before them, also when the walk meant them for the route.
    assume("encap" not in words or check_words(name, words) is None)

    assert check_words(name, words) is None
    assert disagreement(name, words) is None


@pytest.mark.parametrize("name", WORD_GRAMMARS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_spoiled_lines(name: str, data: st.DataObject) -> None:
    assert disagreement(name, data.draw(mutated_words(name))) is None


@given(st.text("ab\"' \t\\:\u00e9", max_size=12))
def test_commands_are_split_where_the_grammar_says(line: str) -> None:
    """A grammar of characters: the line as a whole."""
    line = line.strip()
    words = split_script(line, escapes=False)

    assert bool(words) == (check_line("script", line) is None)


def _lines(items: list[Statement | Block], schema: BlockSchema) -> list[tuple[str, list[str]]]:
    """Grammar and words of each statement that a grammar describes."""
    found = []
    for item in items:
        head = item.head if isinstance(item, Block) else item
        keyword = schema.keywords.get(head.keyword) if head.words else None
        if keyword is None or head.unterminated:
            continue
        if keyword.name == "virtual_server":
            found.append(("virtual_server", list(head.words[1:])))
        elif keyword.shape is Shape.LINE and (name := _grammar_of(keyword.kind)):
            found.append((name, list(head.words[1:])))
        if not isinstance(item, Block):
            continue
        inner = keyword if keyword.shape is Shape.VALUES else None
        if keyword.block is not None:
            inner = keyword.block.schema.keywords.get("")
            if inner is None:
                found += _lines(item.children, keyword.block.schema)
        if inner is not None and (name := _grammar_of(inner.kind)):
            found += [
                (name, list(line.words))
                for line in item.children
                if isinstance(line, Statement) and not line.unterminated and not line.stray
            ]
    return found


def _grammar_of(kind: Kind[Any] | None) -> str | None:
    return next((name for name, (other, _) in READERS.items() if other and type(other) is type(kind)), None)


@needs_corpus
def test_every_line_of_the_corpus() -> None:
    seen: Counter[str] = Counter()
    wrong = set()
    for path in CORPUS_FILES:
        document = parse(str(path), FileLoader(), config_id="testhost")
        for name, words in _lines(document.children, Config.schema):
            seen[name] += 1
            if text := disagreement(name, words):
                wrong.add(text)
    print(f"\nlines of the corpus: {dict(seen.most_common())}")

    assert [] == sorted(wrong)
    assert {"address", "route", "rule", "track_entry", "virtual_server", "forwarding"} <= set(seen)
