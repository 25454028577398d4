"""The manual page pykeepalived(8), from the tables that ``--help`` and the signals come from.

``docs/pykeepalived.8`` is its text; a test says when that is not current.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pykeepalived.cli.keepalived import spelled
from pykeepalived.cli.main import commands
from pykeepalived.cli.optiontable import OPTIONS, Status
from pykeepalived.daemon.signalnames import SIGNALS

_SUMMARY = "virtual addresses (VRRP) and virtual services (IPVS) after keepalived.conf"
_SIGNALS = {
    "STOP": "stop in good order: a priority 0 advert, addresses and services removed",
    "RELOAD": "read the configuration again; a file with errors changes nothing",
    "DATA": "write what is configured and what is so to a file",
    "STATS": "write the counters of VRRP to a file",
    "STATS_CLEAR": "as STATS, and begin at 0 again",
    "JSON": "write all of it as JSON to a file",
}
_SIGNAL_NUMBERS = (
    "To the supervisor, whose number is in its pid file: kill -$(pykeepalived --signum=NAME) PID"
)
_FILES = {
    "/etc/keepalived/keepalived.conf": "the configuration; its language is that of keepalived.conf(5)",
    "/var/cache/pykeepalived/start": "what the last start read, for the next one; may be deleted at any time",
    "/run/keepalived.pid": "number of the supervisor; beside it the socket that commands ask over",
}
_DESCRIPTION = (
    "With options, or without any word, it is the daemon, as keepalived(8) is: it speaks VRRP for the "
    "addresses of this machine and keeps the virtual services of the kernel (IPVS) to the real servers that "
    "pass their checks. With a command it looks at configurations, asks the running daemon, or plays "
    "failures; pykeepalived COMMAND --help says more."
)
_SEE_ALSO = "keepalived.conf(5), ipvsadm(8), systemctl(1); the documents in the folder docs of the sources."


def man_page() -> str:
    """troff with the macros of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '.\\" Generated: UPDATE_GOLDEN=1 pytest tests/unit/cli/test_man_page.py'
    yield ".TH PYKEEPALIVED 8"
    yield ".SH NAME"
    yield _text(f"pykeepalived - {_SUMMARY}")
    yield ".SH SYNOPSIS"
    yield ".B pykeepalived"
    yield _text("[OPTION...]")
    yield ".br"
    yield ".B pykeepalived"
    yield _text("COMMAND [ARGUMENT...]")
    yield ".SH DESCRIPTION"
    yield _text(_DESCRIPTION)
    yield from _list("COMMANDS", commands().items())
    yield from _list("OPTIONS", _options())
    yield from _list("SIGNALS", ((name, _SIGNALS[name]) for name in SIGNALS), _SIGNAL_NUMBERS)
    yield from _list("FILES", _FILES.items())
    yield ".SH SEE ALSO"
    yield _text(_SEE_ALSO)


def _options() -> Iterator[tuple[str, str]]:
    for option in OPTIONS:
        if option.status is not Status.REFUSED:
            later = f" ({option.status.value})" if option.status is Status.LATER else ""
            yield spelled(option).strip(), option.help + later


def _list(title: str, rows: Iterable[tuple[str, str]], before: str = "") -> Iterator[str]:
    yield f".SH {title}"
    if before:
        yield _text(before)
    for name, text in rows:
        yield from (".TP", f".B {_text(name)}", _text(text))


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
