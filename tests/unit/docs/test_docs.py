"""What the documentation tells people to open, type or write is there, is understood and is accepted."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pykeepalived.base.diagnostic import Severity
from pykeepalived.cli.main import commands, run
from pykeepalived.cli.optiontable import Status, read
from pykeepalived.config.load import load
from pykeepalived.config.reference import blocks

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    page
    for pattern in (
        "*.md",
        "docs/*.md",
        "conf.examples/*.md",
        "grammar/*.md",
        "tests/**/README.md",
        "bench/*.md",
    )
    for page in ROOT.glob(pattern)
)
GENERATED = {ROOT / "docs/rules.md", ROOT / "docs/keywords.md", ROOT / "docs/linter-vs-keepalived.md"}
"""Made from declarations that have tests of their own; their samples are wrong on purpose."""
WRITTEN = [page for page in PAGES if page not in GENERATED]

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"(?:pykeepalived|tests|docs|grammar|conf\.examples|bench|vagrant|\.ci)/[\w./-]*")


class Line(NamedTuple):
    """A command that a page shows."""

    page: str
    words: tuple[str, ...]


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _prose(text: str) -> str:
    return _FENCE.sub("", text)


def _shown(text: str) -> Iterator[str]:
    """Lines of the fenced blocks, and the code within sentences."""
    for block in _FENCE.findall(text):
        yield from block.splitlines()
    yield from _SPAN.findall(_prose(text))


def _lines(program: str) -> list[Line]:
    found: dict[Line, None] = {}
    for page in WRITTEN:
        for shown in _shown(page.read_text(encoding="utf-8")):
            words = shown.removeprefix("$ ").split("  #")[0].split(" # ")[0].strip()
            if words.startswith(f"{program} "):
                found[Line(_name(page), tuple(shlex.split(words)[1:]))] = None
    return list(found)


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _sample(word: str) -> str:
    """A value for a placeholder: the first of alternatives, an address."""
    return {"VIP": "192.0.2.1"}.get(word, word.split("|")[0])


def _without_optional(words: tuple[str, ...]) -> list[str]:
    return [_sample(word) for word in words if word[0] != "[" and word != "…"]


COMMANDS = _lines("pykeepalived")
MAKES = _lines("make")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    missing = []
    for target in _LINK.findall(_prose(page.read_text(encoding="utf-8"))):
        path, _, anchor = target.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            missing.append(target)
    assert [] == missing


@pytest.mark.parametrize("page", WRITTEN, ids=_name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = [
        span for span in _SPAN.findall(_prose(page.read_text(encoding="utf-8"))) if _PATH.fullmatch(span)
    ]
    assert [] == [path for path in named if not (ROOT / path).exists()]


class _Parsed(BaseException):
    """The command line was understood; nothing is run."""


def _then_stop(method: str) -> Callable[..., None]:
    parse = getattr(argparse.ArgumentParser, method)

    def stop(*given: Any) -> None:
        parse(*given)
        raise _Parsed

    return stop


@pytest.mark.parametrize("line", COMMANDS, ids=lambda line: f"{line.page}: {' '.join(line.words)}")
def test_every_command_line_is_understood(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = _without_optional(line.words)
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"(?<![\w./])\w+\.conf\b", " ".join(words)):  # some arguments must be there
        (tmp_path / name).touch()
    if words[0].startswith("-"):
        understood = read(words)
        assert () == tuple(understood.words)
        assert [] == [option for option, _ in understood.given if option.status is Status.REFUSED]
        return
    assert words[0] in commands()
    if len(words) == 1:
        return
    for method in ("parse_args", "parse_intermixed_args"):
        monkeypatch.setattr(argparse.ArgumentParser, method, _then_stop(method))
    monkeypatch.setattr("os.geteuid", lambda: 65534)  # should a parser slip through, root's commands refuse
    module = importlib.import_module(f"pykeepalived.cli.{words[0].replace('-', '_')}")
    with pytest.raises(_Parsed):
        module.run(words[1:])


HARMLESS = ("-t", "-v", "-h", "lint", "fmt", "dump-config", "explain", "explain-keyword", "rules")
RUNNABLE = [
    line
    for line in COMMANDS
    if line.words[0] in HARMLESS
    and not {"--host", "--config-id", "--pair", "--baseline", "--write-baseline"} & set(line.words)
    and not any(word.isupper() and word != "FILE" and not word.startswith("PK") for word in line.words)
]


@pytest.mark.parametrize("line", RUNNABLE, ids=lambda line: f"{line.page}: {' '.join(line.words)}")
def test_every_command_line_that_only_reads_succeeds(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keepalived.conf"
    file.write_text("global_defs {\n    router_id lb1\n}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = [
        str(file) if word == "FILE" or word.endswith(".conf") else word
        for word in _without_optional(line.words)
    ]
    words = [str(ROOT / word) if word == "conf.examples" else word for word in words]
    if words[0] in ("lint", "fmt") and not any(word.startswith("/") for word in words):
        words.append(str(file))
    assert 0 == run(words), capfd.readouterr().err


def test_the_documentation_shows_commands() -> None:
    assert len(COMMANDS) > 8
    assert len(RUNNABLE) > 3
    assert len(MAKES) > 4


@pytest.mark.parametrize("line", MAKES, ids=lambda line: f"{line.page}: {' '.join(line.words)}")
def test_every_make_target_and_variable_exists(line: Line) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {
        name for names in re.findall(r"^([a-z][\w ]*):", makefile, re.MULTILINE) for name in names.split()
    }
    variables = set(re.findall(r"^(\w+) [?:]=", makefile, re.MULTILINE))
    for word in line.words:
        name, is_variable, _ = word.lstrip("[").partition("=")
        if word in ("|", "..."):
            continue
        assert name in (variables if is_variable else targets)


def _snippets() -> Iterator[tuple[str, str]]:
    outermost = {
        keyword.name for path, schema in blocks() if len(path) == 0 for keyword in schema.declarations()
    }
    for page in WRITTEN:
        for index, block in enumerate(_FENCE.findall(page.read_text(encoding="utf-8"))):
            words = block.split()
            if words and words[0] in outermost:
                yield f"{_name(page)} {index}", block


SNIPPETS = list(_snippets())


def test_the_documentation_shows_configuration() -> None:
    assert [] != SNIPPETS


@pytest.mark.parametrize(("name", "text"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_every_snippet_of_configuration_is_accepted(name: str, text: str, tmp_path: Path) -> None:
    from pykeepalived.cli.files import FileLoader

    file = tmp_path / "keepalived.conf"
    file.write_text(text, encoding="utf-8")
    loaded = load(str(file), FileLoader())
    assert [] == [str(each) for each in loaded.diagnostics if each.severity >= Severity.ERROR]
