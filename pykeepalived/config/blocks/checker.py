"""What the health checkers of a real_server have in common."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import bindto, connect_ip
from pykeepalived.config.kinds.base import UNLIMITED
from pykeepalived.config.kinds.network import Interface, Ip
from pykeepalived.config.kinds.numbers import Bool, Decimal, Uint
from pykeepalived.config.schema import Bound, block, keyword
from pykeepalived.config.values import IPAddress


@block("checker", abstract=True)
class Checker(Bound):
    """Base of every checker block."""


@block("checker", abstract=True)
class Retrying(Checker):
    """How often and when a check is made."""

    retry: int | None = keyword(
        "retry",
        Uint(0, 4294967295),
        default_text="real server value, else 1 (MISC 0, DNS 3)",
        doc="Extra tries before down; unlike in the outer blocks 0 is valid",
    )
    delay_before_retry: float | None = keyword(
        "delay_before_retry",
        Decimal(0, UNLIMITED),
        default_text="real server value, else 1 (HTTP/SSL 3, DNS delay_loop)",
        doc="Wait between tries",
    )
    warmup: float | None = keyword(
        "warmup",
        Decimal(0, UNLIMITED),
        default_text="real server value, else delay_loop",
        doc="Upper bound of the random first delay",
    )
    delay_loop: float | None = keyword(
        "delay_loop",
        Decimal(1e-06, UNLIMITED),
        default_text="real server value",
        doc="Interval between checks",
    )
    alpha: bool | None = keyword(
        "alpha",
        Bool(),
        default_text="real server value",
        doc="Start down until the first success",
    )
    log_all_failures: bool | None = keyword(
        "log_all_failures",
        Bool(),
        default_text="checker_log_all_failures",
        doc="Log every failed try",
    )


@block("checker", abstract=True)
class Connecting(Retrying):
    """Where and how a check connects."""

    connect_ip: IPAddress | None = keyword(
        "connect_ip",
        Ip(),
        handler=connect_ip,
        default_text="real server address",
        doc="Address to check",
    )
    connect_port: int | None = keyword(
        "connect_port",
        Uint(1, 65535),
        default_text="real server port",
        doc="Port to check",
    )
    bindto: IPAddress | None = keyword(
        "bindto",
        Ip(),
        handler=bindto,
        default_text="kernel choice",
        doc="Source address; family must match",
    )
    bind_port: int | None = keyword(
        "bind_port",
        Uint(1, 65535),
        default_text="ephemeral",
        doc="Source port",
    )
    bind_if: str | None = keyword(
        "bind_if",
        Interface(),
        doc="Interface; needed for link-local targets",
    )
    connect_timeout: float | None = keyword(
        "connect_timeout",
        Decimal(1e-06, 4294.967295),
        default_text="real server value",
        doc="Connect timeout",
    )
    fwmark: int = keyword(
        "fwmark",
        Uint(0, 4294967295),
        default=0,
        requires="SO_MARK",
        doc="Mark of the check packets",
    )
