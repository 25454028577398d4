"""The command line of the linter."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.cli import explain, lint, rules
from pykeepalived.lint.registry import all_rules
from tests.support.accounts import as_nobody, everybodys_folder

CLEAN = "global_defs {\n    router_id a\n}\n"
NOTICE = "global_defs {\n    router_id a\n    router_id a\n}\n"
WARNING = "global_defs {\n    router_id a\n    router_id b\n}\n"
ERROR = "global_defs {\n    ruoter_id a\n}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def everybodys() -> Iterator[Path]:
    with everybodys_folder() as path:
        yield path


def _write(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return name


def _codes(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split(": ")[1].split()[0] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("place")
class TestExitStatus:
    @pytest.mark.parametrize(
        ("text", "options", "expected"),
        [
            (CLEAN, [], 0),
            (NOTICE, [], 0),
            (WARNING, [], 1),
            (ERROR, [], 1),
            (NOTICE, ["--fail-on", "notice"], 1),
            (WARNING, ["--fail-on", "error"], 0),
            (ERROR, ["--fail-on", "error"], 1),
            (ERROR, ["--fail-on", "never"], 0),
            (ERROR, ["--ignore", "PK107"], 0),
        ],
    )
    def test_it_tells_the_gravest_finding(self, text: str, options: list[str], expected: int) -> None:
        assert expected == lint.run([_write("a.conf", text), *options])

    @pytest.mark.parametrize(
        "options",
        [
            ["missing.conf"],
            ["."],
            ["--ignore", "PK1O7", "a.conf"],
            ["--pair", "a.conf"],
            ["--config-id", "a", "--config-id", "b", "a.conf"],
            ["--baseline", "missing.json", "a.conf"],
            ["--config", "missing.toml", "a.conf"],
        ],
    )
    def test_what_cannot_be_done_is_a_usage_error(
        self, options: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        if "." not in options:
            _write("a.conf", CLEAN)

        assert lint.run(options) == 2
        assert capsys.readouterr().err.startswith("pykeepalived lint: ")


@pytest.mark.usefixtures("place")
class TestFiles:
    def test_a_directory_stands_for_its_configurations_without_included_parts(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _write("conf/main.conf", "include parts/*.conf\n")
        _write("conf/parts/part.conf", ERROR)
        _write("conf/other.conf", ERROR)
        _write("conf/.hidden.conf", ERROR)
        _write("conf/readme.txt", ERROR)
        lint.run(["conf", "--format", "json"])
        files = [item["location"]["file"] for item in json.loads(capsys.readouterr().out)]

        assert ["conf/other.conf", "conf/parts/part.conf"] == sorted(set(files))

    @pytest.mark.root
    def test_a_folder_that_may_not_be_looked_into_is_not_passed_over(
        self, everybodys: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _write(f"{everybodys}/a.conf", CLEAN)
        _write(f"{everybodys}/closed/b.conf", ERROR)
        (everybodys / "closed").chmod(0o700)
        with as_nobody():
            status = lint.run(["--isolated", str(everybodys)])

        assert 2 == status
        refused = f"pykeepalived lint: {everybodys}/closed cannot be read: Permission denied\n"
        assert refused == capsys.readouterr().err

    @pytest.mark.root
    def test_in_a_closed_folder_no_settings_are_looked_for(
        self, place: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _write(".pykeepalived.toml", "")
        place.chmod(0o700)
        with as_nobody():
            status = lint.run(["a.conf"])

        assert 2 == status
        assert "pykeepalived lint: a.conf: Permission denied\n" == capsys.readouterr().err

    def test_standard_input(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ERROR.encode())))

        assert lint.run(["-", "--format", "concise"]) == 1
        assert capsys.readouterr().out.startswith("<stdin>:2:5: PK107 error")

    def test_conditions_follow_the_configuration_id(self, capsys: pytest.CaptureFixture[str]) -> None:
        _write("a.conf", "global_defs {\n    @lb1 ruoter_id a\n}\n")

        assert lint.run(["a.conf", "--config-id", "lb2"]) == 0
        assert lint.run(["a.conf", "--config-id", "lb1", "--format", "concise"]) == 1
        assert "PK107" in capsys.readouterr().out

    def test_one_file_can_be_several_routers(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = (
            "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 21\n"
            "    @a priority 100\n    @b priority 100\n"
            "    virtual_ipaddress {\n        192.0.2.10/24\n    }\n}\n"
        )
        _write("both.conf", text)
        options = ["--pair", "both.conf", "--config-id", "a", "--config-id", "b", "--format", "concise"]
        lint.run([*options, "--select", "PK9"])

        assert "PK908" in _codes(capsys)

    def test_a_newer_word_is_an_error_for_an_older_target(self, capsys: pytest.CaptureFixture[str]) -> None:
        _write("a.conf", "global_defs {\n    json_dump_file /run/k.json\n}\n")
        options = ["a.conf", "--format", "concise", "--select", "PK002"]

        assert lint.run(options) == 0
        assert lint.run([*options, "--target", "2.2"]) == 1
        assert _codes(capsys) == ["PK002"]


@pytest.mark.usefixtures("place")
class TestSettings:
    def test_the_nearest_file_above_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _write("pyproject.toml", '[tool.pykeepalived.lint]\nignore = ["PK107"]\n')
        _write("sub/a.conf", ERROR)
        monkeypatch.chdir("sub")

        assert lint.run(["a.conf"]) == 0
        assert lint.run(["a.conf", "--isolated"]) == 1
        _write(".pykeepalived.toml", '[lint]\nfail-on = "error"\n')
        assert lint.run(["a.conf"]) == 1

    def test_exceptions_for_some_files(self) -> None:
        _write(".pykeepalived.toml", '[lint]\nper-file-ignores = { "old/*" = ["PK107"] }\n')

        assert lint.run([_write("old/a.conf", ERROR)]) == 0
        assert lint.run([_write("new/a.conf", ERROR)]) == 1

    def test_the_command_line_comes_first(self) -> None:
        _write("s.toml", '[lint]\nfail-on = "never"\n')
        _write("a.conf", ERROR)

        assert lint.run(["a.conf", "--config", "s.toml"]) == 0
        assert lint.run(["a.conf", "--config", "s.toml", "--fail-on", "warning"]) == 1

    @pytest.mark.parametrize("text", ["[lint", '[lint]\nno-such-key = "1"\n', ""])
    def test_a_bad_settings_file_is_a_usage_error(self, text: str) -> None:
        _write("s.toml", text)

        assert lint.run([_write("a.conf", CLEAN), "--config", "s.toml"]) == 2

    def test_a_baseline_hides_known_findings(self, capsys: pytest.CaptureFixture[str]) -> None:
        _write("a.conf", ERROR)

        assert lint.run(["a.conf", "--write-baseline", "known.json"]) == 0
        assert lint.run(["a.conf", "--baseline", "known.json"]) == 0
        assert "known from the baseline" in capsys.readouterr().out
        _write("a.conf", ERROR + "nwe\n")
        assert lint.run(["a.conf", "--baseline", "known.json"]) == 1


@pytest.mark.usefixtures("place")
class TestFix:
    DEPRECATED = "global_defs {\n    lvs_flush_onstop\n    ruoter_id a\n}\n"

    def test_safe_fixes_are_written_and_unsafe_ones_left(self) -> None:
        _write("a.conf", self.DEPRECATED)

        assert lint.run(["a.conf", "--fix"]) == 1
        assert Path("a.conf").read_text() == self.DEPRECATED.replace("onstop", "on_stop")

    def test_unsafe_fixes_when_asked_for(self) -> None:
        _write("a.conf", self.DEPRECATED)

        assert lint.run(["a.conf", "--fix", "--unsafe-fixes"]) == 0
        assert "router_id a" in Path("a.conf").read_text()

    def test_fixes_reach_included_files(self) -> None:
        _write("a.conf", "include part.conf\n")
        _write("part.conf", self.DEPRECATED)
        lint.run(["a.conf", "--fix"])

        assert "lvs_flush_on_stop" in Path("part.conf").read_text()

    def test_a_diff_changes_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        _write("a.conf", self.DEPRECATED)

        assert lint.run(["a.conf", "--diff"]) == 1
        out = capsys.readouterr().out
        assert "-    lvs_flush_onstop\n+    lvs_flush_on_stop\n" in out
        assert Path("a.conf").read_text() == self.DEPRECATED
        assert lint.run([_write("b.conf", CLEAN), "--diff"]) == 0

    def test_bytes_that_are_not_utf_8_and_line_ends_survive(self) -> None:
        Path("a.conf").write_bytes(b"global_defs {\r\n    lvs_flush_onstop # caf\xe9\r\n}")
        lint.run(["a.conf", "--fix"])

        assert Path("a.conf").read_bytes() == b"global_defs {\r\n    lvs_flush_on_stop # caf\xe9\r\n}"

    @pytest.mark.parametrize("text", [DEPRECATED, CLEAN])
    def test_standard_input_is_mended_to_standard_output(
        self, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        lint.run(["-", "--fix"])

        assert capsys.readouterr().out == text.replace("onstop", "on_stop")


@pytest.mark.usefixtures("place")
class TestOutput:
    def test_colour_is_for_terminals_and_can_be_refused(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _write("a.conf", ERROR)
        lint.run(["a.conf"])
        assert "\x1b[" not in capsys.readouterr().out
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        lint.run(["a.conf"])
        assert "\x1b[" in capsys.readouterr().out
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("NO_COLOR", "1")
        lint.run(["a.conf"])
        assert "\x1b[" not in capsys.readouterr().out

    def test_a_report_can_go_to_a_file(self) -> None:
        lint.run([_write("a.conf", ERROR), "--format", "sarif", "--output-file", "out.sarif"])

        assert json.loads(Path("out.sarif").read_text())["version"] == "2.1.0"

    def test_a_byte_that_is_not_utf_8_does_not_break_the_report(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("a.conf").write_bytes(b"global_defs {\n    ruoter_id caf\xe9\n}\n")
        lint.run(["a.conf"])

        assert "ruoter_id caf\ufffd" in capsys.readouterr().out


class TestManual:
    def test_explain_prints_the_page_of_a_rule_by_code_or_name(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert explain.run(["pk107"]) == 0
        by_code = capsys.readouterr().out
        assert explain.run(["unknown-keyword"]) == 0

        assert by_code == capsys.readouterr().out
        assert by_code.startswith("PK107 unknown-keyword (error, syntax)\n")
        assert "Bad:\n    vrrp_instance VI_1 {" in by_code

    def test_explain_knows_keywords_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert explain.run(["virtual_router_id"]) == 0
        assert "1 to 255" in capsys.readouterr().out

    def test_explain_suggests_what_is_near(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert explain.run(["unknown-keywrod"]) == 1
        assert "did you mean unknown-keyword" in capsys.readouterr().err

    def test_rules_lists_every_rule(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert rules.run([]) == 0
        listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
        assert rules.run(["--format", "json"]) == 0
        objects = json.loads(capsys.readouterr().out)

        assert listed == [rule.code for rule in all_rules()] == [item["code"] for item in objects]
