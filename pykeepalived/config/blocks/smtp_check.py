"""``SMTP_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import close_connecting, smtp_host
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.kinds.text import Text
from pykeepalived.config.schema import Repeat, block, children, keyword


@block("host", closing=smtp_host)
class SmtpHost(Connecting):
    """Old way to give several targets; its settings land in the enclosing checker."""


@block("SMTP_CHECK", closing=close_connecting)
class SmtpCheck(Connecting):
    """SMTP dialogue check."""

    helo_name: str | None = keyword(
        "helo_name",
        Text(missing=5),
        default_text="smtpchecker.keepalived.org",
        repeat=Repeat.OVERWRITE,
        doc="HELO argument",
    )
    hosts: tuple[SmtpHost, ...] = children(SmtpHost, doc="Targets in the old form")
