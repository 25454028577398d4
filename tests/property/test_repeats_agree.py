"""Reading a block once for all that repeat it gives what reading each of them would, positions included."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.config.load import Loaded, check
from pykeepalived.config.schema import Bound
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import DictLoader
from tests.support.beside import CORPUS, needs_corpus
from tests.support.syntax_cases import places

NEVER = 10**9

_PORT = st.sampled_from(["", " 80", " 8080", " 0"])
_HEAD = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "bad", ""])
_SERVER_LINES = st.sampled_from(
    [
        "weight 1", "weight 70000000000", "lvs_method DR", "lvs_method TUN", "inhibit_on_failure",
        "notify_up /usr/bin/true", "nonsense 1", "retry 3", "alpha", "delay_loop 2",
        "TCP_CHECK {\n}", "TCP_CHECK {\nconnect_timeout 3\n}", "TCP_CHECK {\nbindto 2001:db8::9\n}",
        "TCP_CHECK {\nconnect_ip fe80::1\n}", "MISC_CHECK {\nmisc_path /usr/bin/true\n}", "MISC_CHECK {\n}",
        "HTTP_GET {\nurl {\npath /\nstatus_code 200-299\n}\nurl {\npath /b\n}\nwarmup 1\n}",
        "SMTP_CHECK {\nhost {\nconnect_ip 192.0.2.9\n}\nhelo_name x\n}", "BFD_CHECK {\nname b\n}",
    ]
)  # fmt: skip
_SERVICE_LINES = st.sampled_from(
    ["lb_kind NAT", "lb_kind DR", "lb_algo rr", "protocol TCP", "quorum 2", "alpha", "weight 5", "retry 9"]
)


def load(text: str, large_file: int) -> Loaded:
    return check(parse("k.conf", DictLoader({"k.conf": text}), large_file=large_file))


def everything(block: Bound) -> list[Any]:
    """Values and places of a block and of all that it holds."""
    head = block.head and (block.head.words, block.head.span())
    found: list[Any] = [
        type(block),
        head,
        sorted((name, place.span()) for name, place in block.where.items()),
    ]
    for name in sorted(block.schema.defaults.keys() | vars(block).keys()):
        if name in ("head", "where", "place"):
            continue
        value = getattr(block, name)
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            place = getattr(item, "statement", None)
            found.append(
                (name, everything(item) if isinstance(item, Bound) else item, place and place.span())
            )
    return found


def agree(text: str) -> None:
    plain, quick = load(text, NEVER), load(text, 1)
    assert places(plain.document) == places(quick.document)
    assert everything(plain.config) == everything(quick.config)
    assert plain.diagnostics == quick.diagnostics
    assert plain.findings == quick.findings


@st.composite
def services(draw: st.DrawFn) -> str:
    bodies = draw(st.lists(st.lists(_SERVER_LINES, max_size=3), min_size=1, max_size=3))
    out = []
    for _ in range(draw(st.integers(1, 4))):
        out.append(f"virtual_server {draw(_HEAD)}{draw(_PORT)} {{")
        out += draw(st.lists(_SERVICE_LINES, max_size=3))
        for _ in range(draw(st.integers(0, 5))):
            out += [f"real_server {draw(_HEAD)}{draw(_PORT)} {{", *draw(st.sampled_from(bodies)), "}"]
        out.append("}")
    return "\n".join(out) + "\n"


@given(services())
def test_services_with_servers_alike(text: str) -> None:
    agree(text)


@needs_corpus
def test_every_published_configuration_three_times_over() -> None:
    for path in sorted(CORPUS.glob("*.conf")):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        # Another address in each round, or whole services would be duplicates of others.
        rounds = [re.sub(r"\b10\.", f"{10 + turn}.", text) for turn in range(3)]
        agree("\n".join(rounds) + "\n")
