"""What a program of the configuration finds in its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping

REMOVED_VARIABLES = frozenset({"IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"})
"""What could change how programs are loaded or words are split; not handed on, as in keepalived."""
OURS = {"LC_CTYPE": "C.UTF-8"}
"""Python sets this for itself where no locale is configured (PEP 538); programs find what we were given."""


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` without what is removed and without what Python has added."""
    given = _GIVEN | environment.keys() - OURS.keys()
    return {
        name: value
        for name, value in environment.items()
        if name not in REMOVED_VARIABLES and (name in given or OURS.get(name) != value)
    }


def _given_names() -> frozenset[str]:
    """The variables that this program was started with."""
    try:
        with open("/proc/self/environ", "rb") as file:
            return frozenset(os.fsdecode(one.partition(b"=")[0]) for one in file.read().split(b"\0"))
    except OSError:
        return frozenset(os.environ)


_GIVEN = _given_names()
