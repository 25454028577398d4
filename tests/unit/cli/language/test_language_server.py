"""``pykeepalived lsp`` as an editor sees it: another process, JSON-RPC over pipes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the language server is an extra")

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pykeepalived.cli import lsp
from tests.support.lsp_session import Session

MAIN = """\
$DEVICE=eth0
vrrp_script chk {
    script /bin/true
    interval 2
}
include conf.d/*.conf
vrrp_sync_group both {
    group {
        inside
        outside
    }
}
vrrp_instance inside {
    interface $DEVICE
    virtual_router_id 7
    priority 100
    track_script {
        chk
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""
INCLUDED = """\
vrrp_instance outside {
    interface eth1
    virtual_router_id 8
    track_script {
        chk weight 5
    }
    virtual_ipaddress {
        198.51.100.1/24
    }
}
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    session = Session(tmp_path_factory.mktemp("root"))
    yield session
    assert session.shut_down() == 0


@pytest.fixture
def files(session: Session, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """URIs of a main file and of a file that it includes, both open."""
    (tmp_path / "conf.d").mkdir()
    main, included = tmp_path / "keepalived.conf", tmp_path / "conf.d" / "outside.conf"
    main.write_text(MAIN)
    included.write_text(INCLUDED)
    uris = session.open(main), session.open(included)
    yield uris
    for uri in uris:
        session.close_text(uri)


def at(uri: str, text: str, before: str, after: str = "") -> dict[str, Any]:
    """A place by the text around it: between ``before`` and ``after``."""
    head = text[: text.index(before + after) + len(before)]
    line = head.count("\n")
    character = len(head.rpartition("\n")[2].encode("utf-16-le")) // 2
    return {
        "text_document": types.TextDocumentIdentifier(uri),
        "position": types.Position(line, character),
    }


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n")


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """``text`` after ``edits``, as an editor makes them (ASCII texts)."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        first = starts[edit.range.start.line] + edit.range.start.character
        last = starts[edit.range.end.line] + edit.range.end.character
        text = text[:first] + edit.new_text + text[last:]
    return text


def test_diagnostics_follow_what_is_typed_not_what_is_saved(session: Session, files: tuple[str, str]) -> None:
    main, _ = files
    assert not [d for d in session.diagnostics(main) if d.severity == types.DiagnosticSeverity.Error]

    session.change(main, MAIN.replace("priority 100", "priorty 100"))
    (wrong,) = (d for d in session.diagnostics(main) if d.severity == types.DiagnosticSeverity.Error)
    line = line_of(MAIN, "priority 100")
    assert (line, 4, line, 11) == (
        wrong.range.start.line, wrong.range.start.character, wrong.range.end.line, wrong.range.end.character
    )  # fmt: skip
    assert "priorty" in wrong.message
    assert "pykeepalived" == wrong.source

    session.change(main, MAIN)
    assert not [d for d in session.diagnostics(main) if d.severity == types.DiagnosticSeverity.Error]


def test_an_unsaved_included_file_changes_what_the_main_file_means(
    session: Session, files: tuple[str, str]
) -> None:
    main, included = files
    session.change(included, INCLUDED.replace("vrrp_instance outside", "vrrp_instance elsewhere"))
    session.wait(
        lambda: (
            any("outside" in d.message for d in session.published[main].diagnostics)
            if main in session.published
            else False
        )
    )


def test_columns_are_utf_16_code_units(session: Session, tmp_path: Path) -> None:
    uri = session.open(tmp_path / "a.conf", 'global_defs {\n}\nvrrp_instance "𝄞" { nonsense }\n')
    found = session.diagnostics(uri)
    session.close_text(uri)
    (wrong,) = (each for each in found if "nonsense" in each.message)
    assert (21, 29) == (wrong.range.start.character, wrong.range.end.character)


def test_hover_tells_meaning_range_and_default(session: Session, files: tuple[str, str]) -> None:
    found = session.text_document_hover(types.HoverParams(**at(files[0], MAIN, "prior", "ity 100")))
    assert "range: 1 to 255" in found.contents.value
    assert "default: 100" in found.contents.value


def test_hover_over_a_name_shows_its_block(session: Session, files: tuple[str, str]) -> None:
    found = session.text_document_hover(types.HoverParams(**at(files[1], INCLUDED, "ch", "k weight")))
    assert "script /bin/true" in found.contents.value


@pytest.mark.parametrize(
    ("before", "wanted", "unwanted"),
    [
        ("virtual_router_id 7\n    ", "virtual_router_id", "real_server"),
        ("track_script {\n        ", "chk", "weight"),
        ("track_script {\n        chk ", "weight", "chk"),
        ("priority 100\n", "track_script", "lb_algo"),
    ],
)
def test_completion_fits_the_block_at_the_cursor(
    session: Session, files: tuple[str, str], before: str, wanted: str, unwanted: str
) -> None:
    text = MAIN.replace("        chk\n", "        chk \n")
    session.change(files[0], text)
    found = session.text_document_completion(types.CompletionParams(**at(files[0], text, before)))
    labels = [item.label for item in found.items]
    assert wanted in labels
    assert unwanted not in labels


def test_completion_of_a_block_brings_its_braces(session: Session, files: tuple[str, str]) -> None:
    session.change(files[0], MAIN + "vrrp_i")
    place = at(files[0], MAIN + "vrrp_i", "vrrp_i")
    place["position"] = types.Position(MAIN.count("\n"), 6)
    found = session.text_document_completion(types.CompletionParams(**place))
    (item,) = (item for item in found.items if item.label == "vrrp_instance")
    assert "vrrp_instance ${1:NAME} {\n\t$0\n}" == item.text_edit.new_text
    assert (0, 6) == (item.text_edit.range.start.character, item.text_edit.range.end.character)


@pytest.mark.parametrize(
    ("file", "before", "after", "target", "target_line"),
    [
        ("included", "ch", "k weight", "main", "vrrp_script"),
        ("main", "        out", "side", "included", "vrrp_instance"),
        ("main", "$DEV", "ICE\n", "main", "$DEVICE="),
        ("main", "include conf", ".d", "included", "vrrp_instance"),
    ],
)
def test_definition_is_found_across_files(
    session: Session,
    files: tuple[str, str],
    file: str,
    before: str,
    after: str,
    target: str,
    target_line: str,
) -> None:
    uris, texts = dict(zip(("main", "included"), files, strict=True)), {"main": MAIN, "included": INCLUDED}
    place = at(uris[file], texts[file], before, after)
    (found,) = session.text_document_definition(types.DefinitionParams(**place))
    assert (uris[target], line_of(texts[target], target_line)) == (found.uri, found.range.start.line)


def test_references_are_those_of_all_files(session: Session, files: tuple[str, str]) -> None:
    main, included = files
    for declarations, definition in ((True, [(main, line_of(MAIN, "vrrp_script"))]), (False, [])):
        found = session.text_document_references(
            types.ReferenceParams(types.ReferenceContext(declarations), **at(main, MAIN, "vrrp_script c"))
        )
        uses = [(main, line_of(MAIN, "        chk")), (included, line_of(INCLUDED, "chk"))]
        assert sorted(definition + uses) == sorted((each.uri, each.range.start.line) for each in found)


def test_rename_reaches_every_use_in_every_file(session: Session, files: tuple[str, str]) -> None:
    main, included = files
    prepared = session.text_document_prepare_rename(
        types.PrepareRenameParams(**at(included, INCLUDED, "vrrp_instance out"))
    )
    assert "outside" == prepared.placeholder
    edit = session.text_document_rename(
        types.RenameParams(new_name="wan", **at(included, INCLUDED, "vrrp_instance out"))
    )
    assert {main, included} == set(edit.changes)
    assert MAIN.replace("outside", "wan") == applied(MAIN, edit.changes[main])
    assert INCLUDED.replace("outside", "wan") == applied(INCLUDED, edit.changes[included])


def test_rename_to_a_name_that_is_taken_is_refused_with_the_reason(
    session: Session, files: tuple[str, str]
) -> None:
    with pytest.raises(JsonRpcException, match="there is a vrrp_instance inside already"):
        session.text_document_rename(
            types.RenameParams(new_name="inside", **at(files[1], INCLUDED, "vrrp_instance out"))
        )


def test_an_interface_cannot_be_renamed(session: Session, files: tuple[str, str]) -> None:
    place = at(files[1], INCLUDED, "interface et")
    assert session.text_document_prepare_rename(types.PrepareRenameParams(**place)) is None


def test_formatting_changes_layout_only(session: Session, files: tuple[str, str]) -> None:
    session.change(files[0], MAIN.replace("    priority 100", "priority     100  # why"))
    options = types.FormattingOptions(4, True)
    edits = session.text_document_formatting(
        types.DocumentFormattingParams(types.TextDocumentIdentifier(files[0]), options)
    )
    result = applied(MAIN.replace("    priority 100", "priority     100  # why"), edits)
    assert "    virtual_router_id 7\n    priority 100  # why\n" in result


def test_formatting_that_is_not_safe_says_why(session: Session, files: tuple[str, str]) -> None:
    session.change(files[0], 'global_defs {\n  router_id "open\n}\n')
    options = types.FormattingOptions(4, True)
    edits = session.text_document_formatting(
        types.DocumentFormattingParams(types.TextDocumentIdentifier(files[0]), options)
    )
    assert not edits
    session.wait(lambda: any("line 2: a double quote is opened" in message for message in session.messages))


def test_a_finding_can_be_silenced_by_a_quick_fix(session: Session, files: tuple[str, str]) -> None:
    text = MAIN.replace("priority 100", "priority 1000")
    session.change(files[0], text)
    (wrong,) = (d for d in session.diagnostics(files[0]) if d.severity == types.DiagnosticSeverity.Error)
    actions = session.text_document_code_action(
        types.CodeActionParams(
            types.TextDocumentIdentifier(files[0]), wrong.range, types.CodeActionContext([wrong])
        )
    )
    (silence,) = (each for each in actions if each.title == f"Silence {wrong.code} here")
    session.change(files[0], applied(text, silence.edit.changes[files[0]]))
    assert not [d for d in session.diagnostics(files[0]) if d.severity == types.DiagnosticSeverity.Error]


def test_symbols_are_nested_blocks(session: Session, files: tuple[str, str]) -> None:
    found = session.text_document_document_symbol(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(files[0]))
    )
    names = [(each.name, each.detail) for each in found]
    assert [("chk", "vrrp_script"), ("both", "vrrp_sync_group"), ("inside", "vrrp_instance")] == names
    assert ["track_script", "virtual_ipaddress"] == [each.name for each in found[2].children]


def test_a_closed_file_counts_as_it_is_on_disk_again(session: Session, files: tuple[str, str]) -> None:
    _, included = files
    session.change(included, "nonsense\n")
    assert [d for d in session.diagnostics(included) if "nonsense" in d.message]
    session.close_text(included)
    session._versions.pop(included)
    session.wait(lambda: session.published[included].version is None)
    assert not [d for d in session.diagnostics(included) if "nonsense" in d.message]


def test_an_editor_that_goes_away_without_a_word_leaves_no_server_behind() -> None:
    command = [sys.executable, "-m", "pykeepalived", "lsp"]
    assert 1 == subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode


def test_without_pygls_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert 2 == lsp.run([])
    assert "pip install 'pykeepalived[lsp]'" in capsys.readouterr().err


def test_all_safe_fixes_can_be_made_at_once(session: Session, files: tuple[str, str]) -> None:
    text = MAIN.replace("192.0.2.1/24", "192.0.2.1")
    session.change(files[0], text)
    everything = types.Range(types.Position(0, 0), types.Position(99, 0))
    actions = session.text_document_code_action(
        types.CodeActionParams(
            types.TextDocumentIdentifier(files[0]),
            everything,
            types.CodeActionContext([], only=[types.CodeActionKind.Source]),
        )
    )
    (fix,) = actions
    assert types.CodeActionKind.SourceFixAll == fix.kind
    assert MAIN.replace("192.0.2.1/24", "192.0.2.1/32") == applied(text, fix.edit.changes[files[0]])


def test_a_settings_file_of_the_linter_counts(tmp_path: Path) -> None:
    (tmp_path / ".pykeepalived.toml").write_text('[lint]\nignore = ["unknown-keyword"]\n')
    own = Session(tmp_path)
    try:
        uri = own.open(tmp_path / "a.conf", "nonsense\nvrrp_instance a {\n    priority 300\n}\n")
        messages = " ".join(each.message for each in own.diagnostics(uri))
        assert "300" in messages
        assert "nonsense" not in messages
        assert own.shut_down() == 0
    finally:
        own.kill()
