"""``MISC_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.accounts import check_account
from pykeepalived.config.actions.lvs import close_misc_check
from pykeepalived.config.blocks.checker import Retrying
from pykeepalived.config.kinds.numbers import Uint
from pykeepalived.config.kinds.script import AccountKind, Command
from pykeepalived.config.schema import block, flag, keyword
from pykeepalived.config.values import Account, Script


@block("MISC_CHECK", closing=close_misc_check)
class MiscCheck(Retrying):
    """Check by a script; exit status 0 means up."""

    misc_path: Script | None = keyword(
        "misc_path",
        Command(missing=0),
        doc="Command; exit 0 = up",
    )
    misc_timeout: int | None = keyword(
        "misc_timeout",
        Uint(0, 4294),
        default_text="delay_loop of the virtual_server",
        doc="Seconds before the script is stopped",
    )
    misc_dynamic: bool = flag(
        "misc_dynamic",
        doc="Exit 2..255 sets the weight to that minus 2",
    )
    user: Account | None = keyword(
        "user",
        AccountKind(missing=5),
        default_text="script_user",
        handler=check_account,
        doc="Account; an unknown one removes the checker",
    )
