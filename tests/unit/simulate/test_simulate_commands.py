"""Commands in words."""

from __future__ import annotations

import pytest

from pykeepalived.base.errors import UsageError
from pykeepalived.simulate import commands

WRITTEN = [
    "kill A",
    "stop A",
    "start A",
    "stall A 2.000s",
    "suspend A 2.000s",
    "link A eth0 down",
    "cut A eth0 in",
    "partition A,B C",
    "heal",
    "loss 0.05",
    "delay 5.0ms",
    "track A script chk fail",
    "track A file /x 7",
]


@pytest.mark.parametrize("words", WRITTEN)
def test_what_is_written_reads_back(words: str) -> None:
    assert words == commands.written(commands.parse(words.split()))


def test_every_command_has_an_example_here() -> None:
    assert set(commands.FORMS) == {words.split()[0] for words in WRITTEN}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "a command is missing"),
        ("kil A", "no command 'kil'; did you mean 'kill'"),
        ("kill", "'kill' is not written like 'kill HOST'"),
        ("stall A soon", "'soon' is not a time: write for example 250ms"),
        ("link A eth0 sideways", "'sideways' is not one of up, down"),
        ("loss 200%", "'200%' is not a share"),
        ("track A file x high", "'high' is not the number in a file"),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed(words: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        commands.parse(words.split())


@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("10s", 10), ("1.5", 1.5), ("2m", 120), ("1h", 3600)]
)
def test_times_have_units(text: str, seconds: float) -> None:
    assert round(seconds * 1e9) == commands.duration_ns(text)
