"""``vrrp_script NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.accounts import check_account
from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.trackers import close_vrrp_script
from pykeepalived.config.kinds.numbers import Decimal, Uint
from pykeepalived.config.kinds.script import AccountKind, Command
from pykeepalived.config.kinds.vrrp import WeightKind
from pykeepalived.config.schema import Bound, block, flag, keyword, named
from pykeepalived.config.values import Account, Script, Weight


@block("vrrp_script", header=name_header(), header_words="NAME", closing=close_vrrp_script)
class VrrpScript(Bound):
    """A periodic script whose exit code feeds VRRP."""

    name: str = named(default="", doc="its name")
    script: Script | None = keyword(
        "script",
        Command(missing=0),
        doc=(
            "Command to run; arguments only inside the first (quoted) word; the file-readable form "
            "'</path' is also allowed"
        ),
    )
    interval: float = keyword(
        "interval",
        Decimal(0, 4294, places=3, zero_becomes=1),
        default=1.0,
        doc="Seconds between runs, ms resolution; 0 gives an error and becomes 1",
    )
    timeout: float | None = keyword(
        "timeout",
        Decimal(0, 4294, places=3, zero_becomes=1),
        default_text="interval",
        doc="Seconds until a run counts as failed; 0 gives an error and becomes 1",
    )
    weight: Weight | None = keyword(
        "weight",
        WeightKind(253),
        default_text="0",
        doc=(
            "Default priority adjustment; 0 = failure means FAULT; a bad value is reported but still stored"
        ),
    )
    rise: int = keyword(
        "rise",
        Uint(1, 2147483647, fallback=1),
        default=1,
        doc="Successes needed to go up",
    )
    fall: int = keyword(
        "fall",
        Uint(1, 2147483647, fallback=1),
        default=1,
        doc="Failures needed to go down",
    )
    user: Account | None = keyword(
        "user",
        AccountKind(missing=2),
        default_text="script_user",
        handler=check_account,
        doc="Account that runs the script; an unknown one removes the script",
    )
    init_fail: bool = flag(
        "init_fail",
        doc="Begin in the failed state",
    )
