"""Main files, unsaved text, settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.cli.host import RealHost
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.settings import Settings as FileSettings
from pykeepalived.lsp.complete import complete
from pykeepalived.lsp.hover import hover
from pykeepalived.lsp.navigate import references, rename
from pykeepalived.lsp.overlay import OverlayLoader
from pykeepalived.lsp.project import Snapshot
from pykeepalived.lsp.settings import Settings, merge
from pykeepalived.syntax.source import DictLoader, FileKind

ROOT = "/etc/keepalived"


def roots(snapshot: Snapshot, file: str) -> list[str]:
    return [project.root for project in snapshot.projects_of(file)]


def test_a_file_on_disk_that_includes_an_open_one_is_found() -> None:
    disk = DictLoader({f"{ROOT}/keepalived.conf": "include conf.d/*.conf\n"})
    part = f"{ROOT}/conf.d/a.conf"
    assert [f"{ROOT}/keepalived.conf"] == roots(Snapshot({part: ""}, disk), part)


def test_a_main_file_that_reads_something_else_is_not_asked() -> None:
    disk = DictLoader({f"{ROOT}/keepalived.conf": "include other.conf\n"})
    part = f"{ROOT}/conf.d/a.conf"
    assert [part] == roots(Snapshot({part: ""}, disk), part)


def test_the_main_setting_names_files_of_any_name() -> None:
    disk = DictLoader({"/srv/lb.conf": f"include {ROOT}/a.conf\n"})
    settings = Settings(mains=("/srv/lb.conf",))
    assert ["/srv/lb.conf"] == roots(Snapshot({f"{ROOT}/a.conf": ""}, disk, settings), f"{ROOT}/a.conf")


def test_a_file_of_two_configurations_has_the_findings_of_both() -> None:
    part = f"{ROOT}/part.conf"
    texts = {
        f"{ROOT}/a.conf": "vrrp_instance a {\ninclude part.conf\n}\n",
        f"{ROOT}/b.conf": "vrrp_script b {\ninclude part.conf\n}\n",
        part: "priority 300\n",
    }
    snapshot = Snapshot(texts, DictLoader({}))
    assert {f"{ROOT}/a.conf", f"{ROOT}/b.conf"} == set(roots(snapshot, part))
    messages = " ".join(each.message for each in snapshot.findings([part])[part])
    assert "300" in messages
    assert "'priority'" in messages


def test_files_without_findings_are_listed_so_that_old_ones_can_be_cleared() -> None:
    snapshot = Snapshot({f"{ROOT}/a.conf": "include b.conf\n", f"{ROOT}/b.conf": ""}, DictLoader({}))
    assert {f"{ROOT}/a.conf": [], f"{ROOT}/b.conf": []} == snapshot.findings([f"{ROOT}/a.conf"])


# ---------------------------------------------------------------- overlay
def test_unsaved_text_goes_before_the_file() -> None:
    base = DictLoader({"/a": "old", "/b": "kept"})
    loader = OverlayLoader(base, {"/a": "new ä"})
    assert ("new ä".encode(), b"kept") == (loader.read("/x/../a"), loader.read("/b"))


def test_a_file_that_was_never_saved_is_there() -> None:
    loader = OverlayLoader(DictLoader({"/d/b.conf": ""}), {"/d/a.conf": "", "/d/.hidden.conf": ""})
    assert FileKind.REGULAR is loader.kind("/d/a.conf")
    assert ["/d/a.conf", "/d/b.conf"] == loader.glob("/d/*.conf")


def test_what_cannot_be_included_from_disk_cannot_be_included_from_the_editor() -> None:
    base = DictLoader({"/a": ""}, kinds={"/a": FileKind.EXECUTABLE})
    assert FileKind.EXECUTABLE is OverlayLoader(base, {"/a": ""}).kind("/a")


# ---------------------------------------------------------------- settings
def test_the_editor_goes_before_the_settings_file() -> None:
    found = merge(
        {"pykeepalived": {"main": "lb.conf", "minSeverity": "error", "ignore": ["PK2"], "delay": 50}},
        FileSettings(ignore=("PK1",), min_severity="warning", config_id="one", target="2.0"),
        directory="/srv",
        host=RealHost(),
    )
    assert ("/srv/lb.conf",) == found.mains
    assert Severity.ERROR is found.selection.min_severity
    assert ("PK1", "PK2") == found.selection.ignore
    assert ("one", (2, 0), None, 0.05) == (found.config_id, found.target, found.host, found.delay_s)


@pytest.mark.parametrize("options", [None, [], {"main": None, "delay": "x", "minSeverity": "loud"}])
def test_senseless_settings_count_as_none(options: object) -> None:
    assert Settings(directory="/srv") == merge(options, FileSettings(), directory="/srv", host=RealHost())


def test_a_baseline_written_by_the_command_line_counts() -> None:
    finding = Finding("PK1", "x", Severity.ERROR, "bad", Span("/srv/a.conf", 1, 1, 2))
    baseline = frozenset({"PK1|a.conf||bad"})
    assert not Settings(baseline=baseline, directory="/srv").wants(finding)
    assert Settings(baseline=baseline, directory="/other").wants(finding)


def test_a_rule_can_be_ignored_for_some_files() -> None:
    finding = Finding("PK1", "x", Severity.ERROR, "bad", Span("/srv/old/a.conf", 1, 1, 2))
    assert not Settings(exceptions=(("old/*", ("PK1",)),), directory="/srv").wants(finding)
    assert Settings(exceptions=(("old/*", ("PK2",)),), directory="/srv").wants(finding)


# ---------------------------------------------------------------- while somebody types
def halves() -> Iterator[str]:
    text = (
        '$A=\\\n x {\\\n }\n\n@one vrrp_instance "a b" {\n~LST(n, 1, 2) track_script { ${n}\n'
        " $A } # ä𝄞\n}\ninclude *.conf\nvirtual_server group g {\nreal_server 1.2.3.4 1 { TCP_CHECK {"
    )
    for end in range(len(text) + 1):
        yield text[:end]


def test_every_half_typed_text_gets_an_answer() -> None:
    for text in halves():
        snapshot = Snapshot({f"{ROOT}/a.conf": text}, DictLoader({}))
        place = (f"{ROOT}/a.conf", text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1)
        hover(snapshot, *place)
        complete(snapshot, *place)
        references(snapshot, *place)
        rename(snapshot, *place, "other")
        assert snapshot.findings([place[0]])
