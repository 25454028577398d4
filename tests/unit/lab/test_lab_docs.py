"""docs/lab.md says the language and the scenarios as they are."""

from pathlib import Path

from pykeepalived.lab import scenarios
from pykeepalived.lab.scenario import FORMS, VALUES

TEXT = (Path(__file__).parents[3] / "docs" / "lab.md").read_text()


def test_every_form_is_documented_with_its_meaning() -> None:
    rows = [f"| `{form.replace('|', chr(92) + '|')}` | {meaning} |" for form, meaning in FORMS.items()]

    assert [row for row in rows if row not in TEXT] == []


def test_every_value_is_documented() -> None:
    assert [name for name, meaning in VALUES.items() if f"- `{name}`: {meaning}" not in TEXT] == []


def test_every_shipped_scenario_is_documented() -> None:
    shipped = [scenarios.shipped(name).scenario for name in scenarios.names()]
    rows = [f"| `{one.name}` | {one.title}. {one.about} |" for one in shipped]

    assert [row for row in rows if row not in TEXT] == []
