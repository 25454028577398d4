"""A load that remembers the one before it says exactly what a fresh load says.

Not only the values: also where each of them stands, every diagnostic with its place, and what ``-t`` prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pykeepalived.cli.files import FileLoader
from pykeepalived.config.host import Host, InterfaceFacts, ScriptState
from pykeepalived.config.load import Loaded, load
from pykeepalived.config.recall import Memory
from pykeepalived.config.values import Account, Script
from pykeepalived.syntax.source import DictLoader
from tests.support import reloads
from tests.support.beside import CORPUS_FILES, needs_corpus
from tests.support.reloads import MAIN, Files, described, histories, rests, texts_of


class Machine:
    """A host that lacks what it is told to lack."""

    def __init__(self, missing: frozenset[str] = frozenset()) -> None:
        self._missing = missing

    def interface(self, name: str) -> InterfaceFacts | None:
        return None if name in self._missing else InterfaceFacts(index=len(name))

    def real_name(self, name: str) -> None:
        return None

    def user_exists(self, name: str) -> bool:
        return name not in self._missing

    def script(self, script: Script, account: Account | None, *, secure: bool) -> ScriptState:
        return ScriptState.MISSING if script.argv[0] in self._missing else ScriptState.GOOD

    def routing_names(self, file: str, folder: str | None) -> Mapping[str, int]:
        return {}

    def __getattr__(self, question: str) -> Any:
        return lambda *words, **named: question in ("exists", "directory_exists", "group_exists", "resolves")


MISSING = ("eth0", "eth1", "nobody", "keepalived_script", "/bin/check", "/bin/up", "/bin/quorum", "/bin/down")


def outcome(loaded: Loaded) -> Any:
    return described(loaded.config), loaded.diagnostics, loaded.findings, loaded.exit_status


def assert_same(fresh: Loaded, remembering: Loaded) -> None:
    assert fresh.findings == remembering.findings
    assert fresh.diagnostics == remembering.diagnostics
    assert outcome(fresh) == outcome(remembering)


@given(history=histories() | rests())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_edited_a_load_that_remembers_says_what_a_fresh_one_says(history: list[Files]) -> None:
    memory = Memory()
    for now in history:
        texts = texts_of(now)
        remembering = load(MAIN, DictLoader(texts), config_id="one", memory=memory)
        assert_same(load(MAIN, DictLoader(texts), config_id="one"), remembering)


@given(history=histories(), missing=st.lists(st.frozensets(st.sampled_from(MISSING), max_size=2), min_size=4))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_machine_that_has_changed_is_noticed(history: list[Files], missing: list[frozenset[str]]) -> None:
    memory = Memory()
    for now, lacking in zip(history, missing, strict=False):
        texts = texts_of(now)
        host: Host = Machine(lacking)
        remembering = load(MAIN, DictLoader(texts), host=host, memory=memory)
        assert_same(load(MAIN, DictLoader(texts), host=Machine(lacking)), remembering)


@needs_corpus
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_files_that_people_have_written_too(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(CORPUS_FILES))
    text = path.read_text("utf-8", "surrogateescape")
    now: Files = {str(path): [text]}
    memory = Memory()
    for _ in range(3):
        texts = texts_of(now)
        remembering = load(str(path), DictLoader(texts, directory="/"), memory=memory)
        assert_same(load(str(path), DictLoader(texts, directory="/")), remembering)
        now = {str(path): [reloads.joined(["# above", *now[str(path)]])]}
        now = {str(path): reloads.line_edited(data.draw, now[str(path)])}


def test_an_unchanged_file_of_the_file_system_is_recalled_whole(tmp_path: Path) -> None:
    path = tmp_path / "keepalived.conf"
    path.write_text(
        "vrrp_instance A {\n virtual_router_id 1\n interface lo\n virtual_ipaddress {\n  192.0.2.1\n }\n}\n"
    )
    memory = Memory()
    first = load(str(path), FileLoader(), memory=memory)
    again = load(str(path), FileLoader(), memory=memory)
    assert first.config.vrrp_instances[0] is again.config.vrrp_instances[0]
