"""A configuration that is planned with what is known of the one before it is planned as if it were the first.

All that the daemon hands out is compared, down to the lines that rules and routes say they stand in.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.plan_memory import PlanMemory
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.syntax.source import DictLoader
from tests.support.reloads import MAIN, Files, described, histories, rests, texts_of


def planned(files: Files, memory: PlanMemory | None = None) -> Configured | str:
    try:
        loader = DictLoader(texts_of(files))
        return configure(DaemonSettings(config_file=MAIN, config_id="one"), loader, None, memory)
    except UnusableConfigurationError as reason:
        return str(reason)


def outcome(found: Configured | str) -> Any:
    return found if isinstance(found, str) else (described(found.plans), found.notes, found.diagnostics)


@given(history=histories() | rests())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_plans_are_those_of_a_first_load(history: list[Files]) -> None:
    memory = PlanMemory()
    for files in history:
        fresh, remembering = planned(files), planned(files, memory)
        assert fresh == remembering
        assert outcome(fresh) == outcome(remembering)
