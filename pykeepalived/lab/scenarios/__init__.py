"""The scenarios that come with the package, and how a scenario is found: by name, or as somebody's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pykeepalived.base.errors import UsageError
from pykeepalived.lab.scenario import Scenario, parse

FOLDER = Path(__file__).parent
SUFFIX = ".scenario"


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario with its text."""

    scenario: Scenario
    text: str
    file: str


def names() -> list[str]:
    """The shipped scenarios, the main job first."""
    return sorted(
        (path.stem for path in FOLDER.glob(f"*{SUFFIX}")), key=lambda name: (name != "failover", name)
    )


def shipped(name: str) -> Script:
    return read(FOLDER / f"{name}{SUFFIX}")


def find(wanted: str) -> Script:
    """A shipped scenario by its name, or the file of that path. Raises :class:`UsageError`."""
    if wanted in names():
        return shipped(wanted)
    path = Path(wanted)
    if not path.is_file():
        known = ", ".join(names())
        raise UsageError(f"there is no scenario {wanted!r} and no file of that name; shipped are: {known}")
    return read(path)


def read(path: Path) -> Script:
    """Raises :class:`UsageError` with every mistake as file:line:col."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    scenario, errors = parse(text, str(path), path.stem)
    if errors:
        raise UsageError("\n".join(str(error) for error in errors))
    return Script(scenario, text, str(path))
