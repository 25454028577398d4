"""``BFD_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import known_object, needs
from pykeepalived.config.blocks.checker import Checker
from pykeepalived.config.kinds.numbers import Bool
from pykeepalived.config.kinds.text import Text
from pykeepalived.config.schema import Repeat, block, keyword


@block("BFD_CHECK", closing=needs("name"))
class BfdCheck(Checker):
    """Follow a bfd_instance."""

    name: str | None = keyword(
        "name",
        Text(missing=5),
        repeat=Repeat.FIRST,
        handler=known_object("bfd", "bfd_instance"),
        doc="Name of an earlier bfd_instance",
    )
    alpha: bool | None = keyword(
        "alpha",
        Bool(),
        default_text="server value",
        doc="Start down",
    )
