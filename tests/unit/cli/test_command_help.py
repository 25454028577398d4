"""The help of every command reads as text, not as a docstring."""

from __future__ import annotations

import importlib

import pytest

from pykeepalived.cli.main import commands


@pytest.mark.parametrize("name", commands())
def test_help_is_for_people(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"pykeepalived.cli.{name.replace('-', '_')}").run(["--help"])

    text = capsys.readouterr().out
    description = text.split("\n\n")[1]
    assert 0 == ended.value.code
    assert text.startswith(f"usage: pykeepalived {name}")
    assert description[:1].isupper()
    assert [] == [markup for markup in ("``", ":mod:", "%(") if markup in text]
