"""Settings files."""

from __future__ import annotations

import pytest

from pykeepalived.base.errors import UsageError
from pykeepalived.lint.baseline import read_baseline
from pykeepalived.lint.settings import Settings, parse_settings


def test_every_key_is_read() -> None:
    table = {
        "select": ["PK1"],
        "ignore": ["unknown-keyword"],
        "exclude": ["old/*"],
        "min-severity": "warning",
        "fail-on": "never",
        "target": "2.2",
        "format": "json",
        "baseline": "known.json",
        "config-id": "lb1",
        "host": True,
        "per-file-ignores": {"a.conf": ["PK0"]},
    }
    expected = Settings(
        select=("PK1",), ignore=("unknown-keyword",), exclude=("old/*",), min_severity="warning",
        fail_on="never", target="2.2", format="json", baseline="known.json", config_id="lb1", host=True,
        per_file_ignores=(("a.conf", ("PK0",)),), directory="/etc",
    )  # fmt: skip

    assert expected == parse_settings(table, "x.toml", "/etc")


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ({"ingore": []}, "did you mean ignore?"),
        ({"ignore": "PK1"}, "wants a list"),
        ({"ignore": ["PK1O7"]}, "no rule is called 'PK1O7'"),
        ({"target": "1.3"}, "allowed is 2.0, 2.2, 2.4"),
        ({"target": 2.2}, "wants a text"),
        ({"host": "yes"}, "wants true or false"),
        ({"per-file-ignores": ["a"]}, "wants a table"),
        ({"fail-on": "always"}, "allowed is"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(table: dict[str, object], part: str) -> None:
    with pytest.raises(UsageError, match=r"^x\.toml: ") as error:
        parse_settings(table, "x.toml", "")

    assert part in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "findings": []}', '{"format": 1}'])
def test_what_is_no_baseline_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match=r"known\.json"):
        read_baseline(text, "known.json")
