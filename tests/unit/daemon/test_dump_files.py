"""Names of dump files, as keepalived 2.4.3 makes them (core/global_data.c, golden README section 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.daemon.dump_files import DumpFiles, json_file, statistics_file


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_without_settings_the_names_are_keepaliveds(tmp_path: Path) -> None:
    files = DumpFiles(instance="I", namespace="NS")
    assert tmp_path / "keepalived.data" == files.state("")
    assert tmp_path / "keepalived_check.data" == files.state("_check")
    assert tmp_path / "keepalived.stats" == statistics_file()
    assert tmp_path / "keepalived.json" == json_file()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/var/d/st.txt", "/var/d/st_check.txt"),
        ("/var/d/plain", "/var/d/plain_check"),
        ("/var/d/", "/var/d/keepalived_check.data"),
        ("/top.txt", "/top_check.txt"),
        ("/var/a.b/plain", "/var/a.b/plain_check"),
        ("/var/d/two.dots.txt", "/var/d/two.dots_check.txt"),
    ],
)
def test_an_absolute_state_dump_file_gets_the_process_before_its_last_dot(given: str, expected: str) -> None:
    assert Path(expected) == DumpFiles(given).state("_check")


@pytest.mark.parametrize("given", ["st.txt", "below/st.txt"])
def test_of_a_relative_name_the_last_element_lies_in_the_temporary_directory(
    given: str, tmp_path: Path
) -> None:
    assert tmp_path / "st_bfd.txt" == DumpFiles(given).state("_bfd")


@pytest.mark.parametrize(
    ("instance", "namespace", "expected"),
    [
        ("I", None, "keepalived_check.I.data"),
        (None, "NS", "keepalived_check.NS.data"),
        ("I", "NS", "keepalived_check.NS_I.data"),
        (None, None, "keepalived_check.data"),
    ],
)
def test_data_use_instance_adds_namespace_and_instance(
    instance: str | None, namespace: str | None, expected: str
) -> None:
    assert expected == DumpFiles(None, True, instance, namespace).state("_check").name
