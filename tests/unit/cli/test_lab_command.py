from pathlib import Path

import pytest

from pykeepalived.cli import lab
from pykeepalived.lab import examples, scenarios

FILES = [str(path) for path in examples.configuration_files("nat").values()]


def test_scenarios_are_listed_with_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.run(["scenarios"]) == 0
    said = capsys.readouterr().out

    assert all(name in said for name in scenarios.names())


def test_one_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.run(["scenarios", "kill"]) == 0

    assert scenarios.shipped("kill").text == capsys.readouterr().out


def test_a_plan_shows_the_site_and_builds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.run(["run", *FILES, "--plan"]) == 0
    said = capsys.readouterr().out

    assert "rs1      eth0 (net2) 198.51.100.11/24; answers on tcp 80" in said
    assert "note: a eth0, b eth0: own addresses chosen: a 192.0.2.1, b 192.0.2.2" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "/nowhere.conf"], "/nowhere.conf: no such file"),
        (["run", *FILES, "--scenario", "nix"], "no scenario 'nix'"),
        (["run", *FILES, "--director", "c=keepalived"], "no director c"),
        (["run", *FILES, *FILES, *FILES], "at most 4 directors"),
        (["remote", "/nowhere.toml"], "/nowhere.toml"),
    ],
)
def test_what_cannot_be_used_is_said_with_status_2(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert lab.run(words) == 2
    assert said in capsys.readouterr().err


def test_a_scenario_with_mistakes_names_each_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.scenario"
    mine.write_text("strat all\nwait redy\nexpect steady\n")

    assert lab.run(["run", *FILES, "--scenario", str(mine)]) == 2
    said = capsys.readouterr().err
    assert f"{mine}:1:1: 'strat' cannot stand here" in said
    assert f"{mine}:2:6: 'redy' cannot stand here" in said


def test_a_name_that_the_site_does_not_have_is_found_before_it_is_built(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.scenario"
    mine.write_text("start al\nlet x be master\nkill x\nserver down rs9\nexpect steady\n")

    assert lab.run(["run", *FILES, "--scenario", str(mine)]) == 2
    said = capsys.readouterr().err
    assert f"{mine}:1:7: there is no director 'al' here; known are a, b" in said
    assert f"{mine}:4:13: there is no real server 'rs9' here; known are rs1, rs2, x" in said
    assert "kill" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("global_defs {\n}\n", "neither a vrrp_instance nor a virtual_server"),
        ("net_namespace x\nvrrp_instance i {\n}\n", "net_namespace x"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused_with_a_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "odd.conf"
    path.write_text(text)

    assert lab.run(["run", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_lines_for_one_configuration_id_ask_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "both.conf"
    file.write_text(
        "vrrp_instance V {\n interface eth0\n virtual_router_id 5\n@left priority 150\n @^left priority 100\n"
        " virtual_ipaddress {\n 192.0.2.9/24\n }\n}\n"
    )
    lab.run(["run", str(file), str(file), "--plan", "--config-id", "a=left"])

    (said,) = capsys.readouterr().err.splitlines()
    assert "both.conf: has lines for @left, and director b is " in said
    assert "--config-id b=left" in said
