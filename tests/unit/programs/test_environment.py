"""What programs of the configuration find in their environment."""

from __future__ import annotations

import pytest

from pykeepalived.programs.environment import clean_environment


def test_the_environment_is_the_daemons_without_loader_tricks() -> None:
    given = {"PATH": "/bin", "IFS": "x", "LD_PRELOAD": "y", "LD_LIBRARY_PATH": "z", "NOTIFY_SOCKET": "/n"}
    assert {"PATH": "/bin", "NOTIFY_SOCKET": "/n"} == clean_environment(given)


def test_what_python_adds_for_itself_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pykeepalived.programs.environment._GIVEN", frozenset({"PATH"}))
    assert {"PATH": "/bin"} == clean_environment({"PATH": "/bin", "LC_CTYPE": "C.UTF-8"})
    assert {"LC_CTYPE": "de_DE.UTF-8"} == clean_environment({"LC_CTYPE": "de_DE.UTF-8"})
    monkeypatch.setattr("pykeepalived.programs.environment._GIVEN", frozenset({"LC_CTYPE"}))
    assert {"LC_CTYPE": "C.UTF-8"} == clean_environment({"LC_CTYPE": "C.UTF-8"})
