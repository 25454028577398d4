"""The words between a block keyword and its brace."""

from __future__ import annotations

from pykeepalived.config.frame import Frame
from pykeepalived.config.kinds.network import loose_address, read_port
from pykeepalived.config.kinds.numbers import beginning, instead, integer
from pykeepalived.config.schema import Header, Rejected
from pykeepalived.syntax.nodes import Statement

SKIPPED = "the whole block is skipped"


def name_header(*, exact: bool = False, unique: bool = False, max_length: int = 0) -> Header:
    """A name.

    ``exact`` blocks want one word and are skipped otherwise; for the others a missing name stops keepalived.
    ``unique`` blocks of a name that is there already are skipped.
    """

    def read(statement: Statement, site: Frame) -> bool:
        words = statement.words
        if exact and len(words) != 2:
            what = "has no name" if len(words) < 2 else "takes one name"
            site.error("block-name", f"{words[0]} {what}", statement, min(2, len(words)), consequence=SKIPPED)
            return False
        if len(words) < 2:
            site.missing(statement, 1, "NAME {", 2)
            return False
        name = words[1]
        if max_length and len(name) > max_length:
            site.error(
                "text-length", f"'{name}' has more than {max_length} characters", statement, 1,
                consequence=SKIPPED,
            )  # fmt: skip
            return False
        known = site.context.known("block " + site.schema.name)
        if unique and name in known:
            site.error(
                "duplicate-name",
                f"{site.schema.name} {name} is defined already in line {known[name].line}",
                statement,
                1,
                consequence=SKIPPED,
            )
            return False
        known.setdefault(name, statement)
        site.values["name"] = name
        return True

    return read


def service_header(statement: Statement, site: Frame) -> bool:
    """``IP [PORT]``, ``fwmark N`` or ``group NAME``; masks, ranges and further words are ignored."""
    words = statement.words
    if len(words) < 2:
        site.missing(statement, 1, "IP PORT { | fwmark N { | group NAME {", 2)
        return False
    if words[1] in ("fwmark", "group"):
        if len(words) < 3:
            site.missing(statement, 2, f"{words[1]} VALUE {{", 5)
            return False
        if words[1] == "group":
            site.values["group"] = words[2]
            return True
        mark = integer(words[2])
        if mark is None or not 0 <= mark <= 0xFFFFFFFF:
            used = None if mark is not None else beginning(words[2], 0, 0xFFFFFFFF, signed=False)
            site.error(
                "number-range", f"fwmark: '{words[2]}' is not a number from 0 to 4294967295", statement, 2,
                consequence=instead(used, site.running, SKIPPED),
            )  # fmt: skip
            if used is None or not site.running:
                return False
            mark = used
        site.values["fwmark"] = mark
        return True
    return _address_and_port(statement, site)


def server_header(statement: Statement, site: Frame) -> bool:
    """``IP [PORT]`` of a real server."""
    if len(statement.words) < 2:
        site.missing(statement, 1, "IP [PORT] {", 2)
        return False
    if site.parent is not None:
        site.scratch["kind"] = site.parent.values.get("lb_kind")
    return _address_and_port(statement, site)


def _address_and_port(statement: Statement, site: Frame) -> bool:
    words = statement.words
    found = loose_address(words[1])
    if found is None:
        site.error(
            "bad-address", f"{words[0]}: '{words[1]}' is not an IP address", statement, 1,
            hint="host names are not accepted", consequence=SKIPPED,
        )  # fmt: skip
        return False
    site.values["address"] = found
    port = read_port(statement, site, 2, SKIPPED) if len(words) > 2 else None
    if isinstance(port, Rejected):
        return False
    if port is not None:
        site.values["port"] = port
    return True
