"""Run the linter on texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_interface
from typing import Any

from pykeepalived.config.host import HostAddress, InterfaceFacts, ScriptState
from pykeepalived.config.load import load
from pykeepalived.lint.engine import Result, Selection, lint
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.subject import NEWEST, Subject, Version
from pykeepalived.syntax.source import DictLoader


class SampleHost:
    """A machine made of lists: ``interfaces``, ``users``, ``groups``, ``paths``, ``directories``, ``names``
    and ``scripts`` (path → ``good``, ``missing``, ``not_executable`` or ``insecure``); ``addresses``
    (interface → ``IP/PREFIX`` list), ``sysctls`` and ``modes`` (octal text by path), ``ipvs``."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def _has(self, what: str, name: str) -> bool:
        return name in self._facts.get(what, ())

    def interface(self, name: str) -> InterfaceFacts | None:
        if not self._has("interfaces", name):
            return None
        return InterfaceFacts(self._facts["interfaces"].index(name) + 1, name == "lo", 1500, None)

    def real_name(self, name: str) -> str | None:
        return None

    def user_exists(self, name: str) -> bool:
        return name == "root" or self._has("users", name)

    def group_exists(self, name: str) -> bool:
        return name == "root" or self._has("groups", name)

    def script(self, script: Any, account: Any, *, secure: bool) -> ScriptState:
        return ScriptState[self._facts.get("scripts", {}).get(script.argv[0], "missing").upper()]

    def script_flaws(self, script: Any, account: Any) -> str:
        return str(self._facts.get("script_flaws", {}).get(script.argv[0], ""))

    def resolves(self, name: str) -> bool:
        return self._has("names", name)

    def directory_exists(self, path: str) -> bool:
        return self._has("directories", path)

    def exists(self, path: str) -> bool:
        return self._has("paths", path)

    def processors(self) -> int:
        return int(self._facts.get("processors", 2))

    def addresses(self) -> tuple[HostAddress, ...]:
        return tuple(
            HostAddress(name, (found := ip_interface(text)).ip, found.network.prefixlen)
            for name, texts in self._facts.get("addresses", {}).items()
            for text in texts
        )

    def sysctl(self, name: str) -> str | None:
        value: str | None = self._facts.get("sysctls", {}).get(name)
        return value

    def has_ipvs(self) -> bool:
        return bool(self._facts.get("ipvs", True))

    def routing_names(self, file: str, folder: str | None) -> dict[str, int]:
        names: dict[str, int] = self._facts.get("routing_names", {}).get(file, {})
        return names

    def content(self, path: str, limit: int) -> bytes | None:
        text = self._facts.get("contents", {}).get(path)
        return None if text is None or len(text) > limit else text.encode()

    def mode(self, path: str) -> int | None:
        text = self._facts.get("modes", {}).get(path)
        return None if text is None else int(text, 8)


def sample_host(text: str) -> SampleHost:
    """A host from JSON."""
    return SampleHost(json.loads(text))


def subject_of(
    text: str | bytes,
    file: str = "keepalived.conf",
    *,
    files: Mapping[str, str | bytes] | None = None,
    config_id: str = "",
    host: Any = None,
    target: Version = NEWEST,
) -> Subject:
    """The subject for a text; ``files`` are others that it may include."""
    loaded = load(file, DictLoader({**(files or {}), file: text}), host=host, config_id=config_id)
    return Subject.of(file, loaded, host=host, target=target)


def result_of(
    select: str | tuple[str, ...],
    texts: Mapping[str, str | bytes],
    *,
    host: Any = None,
    target: Version = NEWEST,
    pair: bool | None = None,
) -> Result:
    """Lint texts (each a configuration of its own); several are a group of routers unless ``pair`` is False.

    ``select`` empty means every rule.
    """
    wanted = (select,) if isinstance(select, str) else select
    subjects = [subject_of(text, file, host=host, target=target) for file, text in texts.items()]
    selection = Selection(select=tuple(item for item in wanted if item))
    return lint(subjects, selection, pair=len(texts) > 1 if pair is None else pair)


def findings_of(
    select: str | tuple[str, ...],
    texts: Mapping[str, str | bytes],
    *,
    host: Any = None,
    target: Version = NEWEST,
) -> list[Finding]:
    return list(result_of(select, texts, host=host, target=target).findings)
