"""Output formats, read back by what reads them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest

from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.reports import FORMATS, Report, render
from tests.support.lint import subject_of

TEXT = (
    "$WORD=ruoter_id\n"
    "global_defs {\n"
    "\t$WORD a%b,c\n"
    "    lvs_flush_onstop\n"
    "    router_id caf\udce9\n"
    "}\n"
    "vrrp_instance VI_1 {\n    priority 100\n    priority 110\n}\n"
)
FILE = "/etc/my dir/keepalived.conf"


def _report(*, color: bool = False, text: str = TEXT) -> Report:
    subject = subject_of(text, FILE)
    return Report(lint([subject], Selection()), subject.texts, color, "1.2.3")


def test_every_format_renders_findings_and_none() -> None:
    for name in FORMATS:
        assert isinstance(render(name, _report()), str)
        assert isinstance(render(name, _report(text="")), str)
    with pytest.raises(KeyError):
        render("html", _report())


def test_concise_has_one_line_a_finding() -> None:
    report = _report()
    lines = render("concise", report).splitlines()

    assert len(lines) == len(report.result.findings)
    assert f"{FILE}:3:2: PK107 error: 'ruoter_id' is not a keyword in global_defs" in lines


def test_text_shows_the_line_with_a_caret_under_the_word() -> None:
    lines = render("text", _report()).splitlines()
    at = lines.index("     4 |     lvs_flush_onstop")

    assert lines[at + 1] == "       |     ^^^^^^^^^^^^^^^^"
    assert "   help: write lvs_flush_on_stop" in lines
    assert "    fix: Write lvs_flush_on_stop (--fix)" in lines


def test_text_shows_where_a_definition_stands() -> None:
    text = render("text", _report())

    assert f"   from: the definition at {FILE}:1:1" in text


def test_text_ends_with_a_summary() -> None:
    assert "no findings in 1 file\n" in render("text", _report(text="global_defs {\n    router_id a\n}\n"))
    assert render("text", _report()).rstrip().endswith("in 1 file")


def test_colours_only_when_asked_for() -> None:
    assert "\x1b[" not in render("text", _report())
    assert "\x1b[31m" in render("text", _report(color=True))


def test_json_keeps_every_part() -> None:
    findings = json.loads(render("json", _report()))
    word = next(item for item in findings if item["code"] == "PK001")
    repeated = next(item for item in findings if item["code"] == "PK209")

    assert word["severity"] == "warning"
    assert word["location"] == {"file": FILE, "line": 4, "column": 5, "end_column": 21, "via": None}
    assert word["fix"]["safe"] is True
    assert word["fix"]["edits"][0]["text"] == "lvs_flush_on_stop"
    assert repeated["related"][0]["location"]["line"] == 8


def test_sarif_has_what_the_standard_and_code_scanning_require() -> None:
    log = json.loads(render("sarif", _report()))

    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("pykeepalived", "1.2.3")
    assert run["columnKind"] == "unicodeCodePoints"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
    assert run["results"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        assert result["partialFingerprints"]
        for location in result["locations"]:
            physical = location["physicalLocation"]
            assert unquote(physical["artifactLocation"]["uri"]) == f"file://{FILE}"
            assert " " not in physical["artifactLocation"]["uri"]
            region = physical["region"]
            assert region["startLine"] >= 1
            assert 1 <= region["startColumn"] <= region["endColumn"]
        for related in result.get("relatedLocations", ()):
            assert related["message"]["text"]
        for fix in result.get("fixes", ()):
            assert fix["description"]["text"]
            for change in fix["artifactChanges"]:
                assert change["replacements"]
                for replacement in change["replacements"]:
                    assert set(replacement) == {"deletedRegion", "insertedContent"}


def test_github_commands_escape_what_would_end_them() -> None:
    lines = render("github", _report()).splitlines()

    assert lines
    for line in lines:
        command, _, text = line[2:].partition("::")
        assert command.split(" ")[0] in ("error", "warning", "notice")
        assert "\r" not in text
    assert any("line=3,col=2" in line for line in lines)
    assert "%25" in render("github", _report(text="global_defs {\n    a%b\n}\n"))


def test_junit_is_xml_with_a_case_a_finding() -> None:
    report = _report()
    root = ET.fromstring(render("junit", report).encode("utf-8", "replace"))
    suites = root.findall("testsuite")

    assert [FILE] == [suite.get("name") for suite in suites]
    assert len(report.result.findings) == len(root.findall(".//failure"))
    clean = ET.fromstring(render("junit", _report(text="global_defs {\n    router_id a\n}\n")))
    assert clean.findall(".//failure") == []
    assert len(clean.findall(".//testcase")) == 1
