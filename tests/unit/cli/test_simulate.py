"""``pykeepalived simulate`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pykeepalived.cli.simulate import run
from tests.support.simulated import router

EXAMPLES = Path(__file__).parents[3] / "conf.examples"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "A.conf").write_text(router(150))
    (tmp_path / "B.conf").write_text(router(100))
    return [str(tmp_path / "A.conf"), str(tmp_path / "B.conf")]


def test_a_timeline_and_a_verdict_are_printed(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run([*files, "--at", "10s", "kill", "A", "--at", "40s", "start", "A"])

    said = capsys.readouterr().out
    assert "-- kill A" in said
    assert "Good: no defect was seen." in said


def test_a_defect_is_exit_status_1(files: list[str]) -> None:
    assert 1 == run([*files, "--at", "10s", "partition", "A", "B"])


@pytest.mark.parametrize(
    "mistake", [["--at", "10s", "kil", "A"], ["--at", "soon", "kill", "A"], ["--loss", "x"]]
)
def test_a_mistake_on_the_command_line_is_exit_status_2(files: list[str], mistake: list[str]) -> None:
    assert 2 == run([*files, *mistake])


def test_a_file_without_an_instance_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.conf"
    empty.write_text("global_defs {\n}\n")

    assert 2 == run([str(empty)])
    assert "has no vrrp_instance that can run" in capsys.readouterr().err


def test_everything_is_written_as_json(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run([*files, "--at", "10s", "kill", "A", "--json", "-"])

    told = json.loads(capsys.readouterr().out)
    assert ["A", "B"] == told["hosts"]
    assert told["verdict"]["good"]
    assert [{"at": 10.0, "text": "kill A"}] == told["events"]


def test_the_picture_is_svg_with_a_band_per_router(files: list[str], tmp_path: Path) -> None:
    run([*files, "--at", "10s", "kill", "A", "--svg", str(tmp_path / "p.svg")])

    drawn = ElementTree.parse(tmp_path / "p.svg")
    words = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A VI", "B VI", "192.0.2.100", "kill A"} <= set(words)


def test_each_single_failure_is_tried(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run([*files, "--all-single-failures"])

    said = capsys.readouterr().out
    assert "A dies" in said
    assert "no effect on any address" in said


def test_what_is_wrong_before_anything_fails_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for name, priority in (("A", 150), ("B", 100)):
        text = router(priority, more=f"authentication {{\nauth_type PASS\nauth_pass {name}\n}}")
        (tmp_path / f"{name}.conf").write_text(text)
        paths.append(str(tmp_path / f"{name}.conf"))

    assert 1 == run([*paths, "--all-single-failures"])

    head, _, rest = capsys.readouterr().out.partition("\n\n")
    assert head.startswith("Before anything fails:\n")
    assert "had A and B as owners at once" in head
    assert "B (VI) refused" in head and "A (VI) refused" in head
    assert "refused" not in rest


def test_one_file_for_all_hosts_is_read_with_the_name_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = tmp_path / "keepalived.conf"
    shared.write_text(router(100).replace("priority 100", "@A priority 150\n @B priority 90"))

    assert 0 == run([f"A={shared}", f"B={shared}", "--at", "10s", "kill", "A"])
    assert "priority 90" in capsys.readouterr().out


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_the_examples_elect_and_fail_over(example: str) -> None:
    paths = sorted(EXAMPLES.joinpath(example).glob("*.conf"))

    assert 0 == run(
        [*(f"{letter}={path}" for letter, path in zip("AB", paths, strict=True)), "--at", "20s", "kill", "A"]
    )
