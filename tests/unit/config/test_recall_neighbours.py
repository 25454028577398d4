"""No reader of a block that can be recalled looks at blocks beside it (the premise of config/recall.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.load import load
from pykeepalived.config.recall import REMEMBERED, Memory
from pykeepalived.config.schema import BlockSchema, Shape
from pykeepalived.syntax.source import DictLoader
from tests.support.neighbours import watch_neighbours

EXAMPLES = Path(__file__).parents[3] / "conf.examples"
WORDS = ("", "1", "192.0.2.9", "2001:db8::9", "x", "eth0", "weight 5", "0.5 x")
NEIGHBOURS = (
    "vrrp_script x {\n script /bin/true\n}\ntrack_file x {\n file /tmp/x\n}\n"
    "vrrp_instance V {\n interface eth0\n virtual_router_id 9\n virtual_ipaddress {\n 192.0.2.9\n }\n}\n"
    "virtual_server 192.0.2.9 80 {\n real_server 192.0.2.8 80 {\n }\n}\n"
)
HEADS = {"vrrp_instance": "x", "virtual_server": "192.0.2.1 80", "real_server": "192.0.2.2 80"}


def lines(schema: BlockSchema, depth: int = 0) -> Iterator[str]:
    """Every keyword of a block, with several words each."""
    for name, keyword in schema.keywords.items():
        if not name or keyword.extension:
            continue
        if keyword.shape is Shape.LINE:
            yield from (f"{name} {word}\n" for word in WORDS[depth > 1 :])
        elif keyword.block is None:
            yield f"{name} {{\n" + "".join(f"{word}\n" for word in WORDS) + "}\n"
        else:
            inner = "".join(lines(keyword.block.schema, depth + 1))
            own = "".join(f"{word}\n" for word in WORDS) if "" in keyword.block.schema.keywords else inner
            yield f"{name} {HEADS.get(name, '')} {{\n{own}}}\n"


def remember(text: str) -> None:
    load("k.conf", DictLoader({"k.conf": text}), memory=Memory())


@pytest.mark.parametrize("kind", REMEMBERED)
def test_no_keyword_looks_at_a_block_beside_its_own(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watch_neighbours(monkeypatch)
    block = Config.schema.keywords[kind].block
    assert block is not None
    for line in lines(block.schema):
        remember(f"{NEIGHBOURS}{kind} {HEADS[kind]} {{\n{line}}}\n")

    assert [] == asked


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.conf")), ids=lambda path: path.stem)
def test_nor_do_those_of_the_examples(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watch_neighbours(monkeypatch)
    remember(path.read_text(encoding="utf-8"))

    assert [] == asked


@pytest.mark.parametrize(
    "look",
    [
        lambda site: site.parent.get("vrrp_instances"),
        lambda site: "V" in site.context.known("block vrrp_instance"),
        lambda site: site.context.known("script").setdefault("left", {}),
        lambda site: site.parent.values.setdefault("random_seed", 1),
    ],
    ids=["values", "names", "defines", "sets"],
)
def test_one_that_does_is_found(look, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watch_neighbours(monkeypatch)
    keyword = VrrpInstance.schema.keywords["debug"]

    def handler(site, keyword, statement, value):
        look(site)
        return value

    monkeypatch.setattr(keyword, "handler", handler)
    remember(f"{NEIGHBOURS}vrrp_instance x {{\n debug 1\n}}\n")

    assert asked
