"""``vrrp_track_process NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.trackers import close_track_process, quorum_order, weight_once
from pykeepalived.config.kinds.numbers import Decimal, Uint
from pykeepalived.config.kinds.text import OptionalChoice, ProcessKind
from pykeepalived.config.kinds.vrrp import WeightKind
from pykeepalived.config.schema import Bound, Repeat, block, flag, keyword, named
from pykeepalived.config.values import Process, Weight


@block("vrrp_track_process", header=name_header(), header_words="NAME", closing=close_track_process)
class VrrpTrackProcess(Bound):
    """The presence of a process, as a tracker."""

    name: str = named(default="", doc="its name")
    process: Process | None = keyword(
        "process",
        ProcessKind(),
        repeat=Repeat.FIRST,
        doc=(
            "Process name (or path) and, when given, its arguments; giving arguments forces full command "
            "matching"
        ),
    )
    param_match: str | None = keyword(
        "param_match",
        OptionalChoice("initial", "partial", bare="exact"),
        default_text="none / exact",
        doc="How arguments are compared; without a value = exact (also means 'no arguments')",
    )
    weight: Weight | None = keyword(
        "weight",
        WeightKind(254, missing=5),
        default_text="0",
        repeat=Repeat.CUSTOM,
        handler=weight_once(0),
        doc="Default priority adjustment",
    )
    quorum: int = keyword(
        "quorum",
        Uint(1, 65535),
        default=1,
        handler=quorum_order,
        doc="Minimum process count; must not exceed quorum_max already set",
    )
    quorum_max: int | None = keyword(
        "quorum_max",
        Uint(0, 65535),
        default_text="unlimited",
        handler=quorum_order,
        doc="Maximum process count; 0 = any match is a failure",
    )
    delay: float = keyword(
        "delay",
        Decimal(1e-06, 3600),
        default=0.0,
        doc="Sets fork_delay and terminate_delay together",
    )
    terminate_delay: float = keyword(
        "terminate_delay",
        Decimal(1e-06, 3600),
        default=0.0,
        doc="Hold-down after quorum is lost",
    )
    fork_delay: float = keyword(
        "fork_delay",
        Decimal(1e-06, 3600),
        default=0.0,
        doc="Hold-up after quorum is gained",
    )
    full_command: bool = flag(
        "full_command",
        doc="Match the command line and not just the process name",
    )
