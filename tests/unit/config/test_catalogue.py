"""The registry against the catalogue of the reference: every keyword, and the verdict on every sample."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.load import load_text
from tests.support.beside import CATALOGUE, needs

HERE = Path(__file__).parent
pytestmark = needs(CATALOGUE)


def _support(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples = _support("catalogue_samples")
support = _support("support_config")
CONTENT = json.loads(CATALOGUE.read_text("utf-8")) if CATALOGUE.exists() else {"keywords": [], "grammars": {}}


def registry():
    """(path, keyword) of every spelling that some block declares, extensions left out."""
    found = set()
    pending = [("", Config.schema)]
    while pending:
        path, schema = pending.pop()
        for name, keyword in schema.keywords.items():
            if keyword.extension or not name:
                continue
            found.add((path, name))
            if keyword.block is not None:
                pending.append((f"{path}/{name}" if path else name, keyword.block.schema))
    return found


def test_every_keyword_of_the_catalogue_is_declared_and_no_other():
    wanted = {(e["path"], e["keyword"]) for e in CONTENT["keywords"] if not e.get("handled_by")}
    declared = registry()

    assert [] == sorted(wanted - declared), "missing in pykeepalived"
    assert [] == sorted(declared - wanted), "not in the catalogue"


def _verdicts(entry):
    """(which sample, its configuration, exit status of the reference); a crash counts as a missing word."""
    for which in ("valid", "bad", "noarg"):
        status = entry.get(f"observed_{which}_exit")
        sample = "" if which == "noarg" else entry.get(f"sample_{which}")
        if status is None or sample is None:
            continue
        line = f"{entry['keyword']} {samples.statement(sample)}"
        yield which, samples.surrounded(entry["path"], entry["keyword"], line), status if status >= 0 else 2


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(e, id=f"{e['path']}/{e['keyword']}")
        for e in CONTENT["keywords"]
        if not e.get("handled_by")
    ],
)
def test_the_samples_of_a_keyword_get_the_verdicts_of_the_reference(entry):
    cases = list(_verdicts(entry))
    expected = {which: status for which, _, status in cases}

    assert expected == {which: support.load_here(text).exit_status for which, text, _ in cases}


GRAMMAR_CASES = [
    pytest.param(text, sample["exit"], id=f"{grammar}-{sample['text']}")
    for grammar, content in CONTENT["grammars"].items()
    if isinstance(content, dict)
    for sample in content.get("samples", [])
    if (text := samples.grammar_sample(grammar, sample.get("where"), sample["text"])) is not None
]


@pytest.mark.parametrize(("text", "status"), GRAMMAR_CASES)
def test_a_sample_of_an_argument_grammar_gets_the_verdict_of_the_reference(text, status):
    loaded = support.load_here(text)

    assert status == loaded.exit_status, [str(d) for d in loaded.diagnostics]


# The rest of that list are words inside a line: the samples of their grammar cover them.
ONLY_IN_THE_MANUAL = [
    entry
    for entry in CONTENT.get("rejected_although_documented", [])
    if " " not in entry["path"] and entry["observed"].startswith("unknown keyword")
]


@pytest.mark.parametrize("entry", ONLY_IN_THE_MANUAL, ids=str)
def test_words_that_only_the_manual_knows_are_unknown(entry):
    text = samples.surrounded(entry["path"], entry["word"], f"{entry['word']} x")

    assert "unknown-keyword" in [d.code for d in load_text(text).diagnostics]
