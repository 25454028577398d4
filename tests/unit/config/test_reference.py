"""What is generated from the declarations, and that the generated files are current.

UPDATE_GOLDEN=1 writes them anew.
"""

import json
import os
from pathlib import Path

import pytest

from pykeepalived.config.reference import blocks, explain, json_schema, markdown
from pykeepalived.config.schema import Shape

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keywords.md", markdown()),
        ("keepalived.schema.json", json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"),
    ],
)
def test_the_generated_file_is_current(name, text):
    if os.environ.get("UPDATE_GOLDEN"):
        (DOCS / name).write_text(text, encoding="utf-8")

    assert text == (DOCS / name).read_text(encoding="utf-8"), "run this test with UPDATE_GOLDEN=1"


def test_every_keyword_has_a_description():
    assert [] == [
        (path, k.name) for path, schema in blocks() for k in schema.declarations() if not k.doc.strip()
    ]


def test_every_line_keyword_with_words_says_its_form():
    assert [] == [
        (path, k.name)
        for path, schema in blocks()
        for k in schema.declarations()
        if k.shape is not Shape.BLOCK and k.kind is not None and not k.kind.words
    ]


def test_explain_names_form_range_default_and_block():
    text = explain("priority")

    assert "priority  in vrrp_instance" in text
    assert "1 to 255" in text
    assert "100; 255 when state MASTER and unset" in text


def test_explain_knows_old_spellings():
    assert "deprecated: write retry" in explain("nb_get_retry")
    assert explain("xyzzy") is None


def test_every_reference_of_the_schema_leads_somewhere():
    schema = json_schema()

    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"].removeprefix("#/$defs/").replace("~1", "/")
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    assert set(references(schema)) <= set(schema["$defs"])
