"""Route lines: ``[to] PREFIX | TYPE PREFIX`` and options, in the spelling of iproute2.

keepalived drops a whole line for one bad word, stops altogether (exit status 2) when the last option lacks
its value, and takes an unknown word for the destination.  Three of its habits are kept because files that
pass today must pass: ``inet`` and ``inet6`` swallow the next word, ``to TYPE PREFIX`` is refused, and
``default`` is IPv4 unless the family was fixed before.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pykeepalived.config.kinds.network import address
from pykeepalived.config.kinds.option_lines import (
    EVERYTHING,
    BadLineError,
    OptionLineKind,
    OptionReader,
)
from pykeepalived.config.kinds.rtnames import (
    DSFIELDS,
    KEEPALIVED_PROTOCOL,
    PROTOCOLS,
    ROUTE_TYPES,
    SCOPES,
    TABLES,
)
from pykeepalived.config.schema import Site
from pykeepalived.config.values import RouteLine
from pykeepalived.syntax.nodes import Statement


def _uint(option: str, low: int = 0, high: int = 0xFFFFFFFF) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        r.number(option, text, low, high)
        r.add(option, text)

    return read


def _lockable(option: str, check: Callable[[OptionReader, str, str], str]) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        lock = text == "lock"
        if lock:
            text = r.next()
        text = check(r, option, text)
        r.add(option, *(("lock", text) if lock else (text,)))

    return read


def _plain_number(r: OptionReader, option: str, text: str) -> str:
    r.number(option, text, 0, 0xFFFFFFFF)
    return text


def _any_name(r: OptionReader, option: str, text: str) -> str:
    return text


_TIME = re.compile(r"([0-9]*\.?[0-9]*)(s|sec|secs|ms|msec|msecs)?\Z")


def _time(r: OptionReader, option: str, text: str) -> str:
    found = _TIME.match(text)
    if found is None or not found[1].strip("."):
        raise BadLineError(r.index, f"{option}: '{text}' is not a time such as 300ms or 2s")
    if found[2]:
        milliseconds = float(found[1]) * (1 if found[2].startswith("m") else 1000)
        if not 200 <= milliseconds <= 120_000:
            limit = "200ms" if milliseconds < 200 else "120s"
            r.complain(f"{option}: {text} is outside 200ms to 120s", f"{limit} is used")
            return limit
    return text


def _named(
    option: str, names: dict[str, int], high: int, family: int | None = None
) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        word = r.named(option, text, high, names)
        if family:
            r.fix_family(family, option)
        r.add(option, word)

    return read


def _flag(option: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        r.add(option)

    return read


def _one_of(option: str, *choices: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        if text not in choices:
            raise BadLineError(r.index, f"{option}: '{text}' is not {' or '.join(choices)}")
        r.add(option, text)

    return read


def _address(option: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        text = r.next()
        r.ip(text)
        r.add(option, text)

    return read


def _via(r: OptionReader) -> None:
    r.add("via", _gateway(r))


def _gateway(r: OptionReader) -> str:
    text = r.next()
    if text in ("inet", "inet6"):
        wanted = 4 if text == "inet" else 6
        text = r.next()
        found = address(text)
        if found is not None and found.version != wanted:
            raise BadLineError(r.index, f"via: {text} is not IPv{wanted}")
    r.ip(text)
    return text


def _gw(r: OptionReader) -> None:
    r.complain("'gw' is the old word; write via", "it is used")
    r.add("via", _gateway(r))


def _or(r: OptionReader) -> None:
    r.complain("'or' is the old form; write nexthop via … nexthop via …", "it is used")
    text = r.next()
    r.ip(text)
    r.add("nexthop", "via", text)


def _as(r: OptionReader) -> None:
    r.complain("'as' is not supported", "it is skipped")
    if r.next() == "to":
        r.next()


def _from(r: OptionReader) -> None:
    text = r.next()
    r.prefix(text)
    if r.family != 6:
        raise BadLineError(r.index, "from is only for IPv6 routes")
    r.add("from", text)


def _realms(r: OptionReader) -> None:
    text = r.realms(r.next())
    r.fix_family(4, "realms")
    r.add("realms", text)


def _expires(r: OptionReader) -> None:
    text = r.next()
    r.number("expires", text, 0, 0xFFFFFFFF)
    r.fix_family(6, "expires")
    r.add("expires", text)


_ENCAP = {
    "ip": ("id", "dst", "src", "tos", "ttl", "flags"),
    "ip6": ("id", "dst", "src", "tc", "hoplimit", "flags"),
}


def _encap_words(r: OptionReader) -> list[str]:
    kind = r.next()
    if kind == "mpls":
        labels = r.next()
        for label in labels.split("/"):
            r.number("mpls label", label, 0, 2**20 - 1)
        return [kind, labels]
    if kind == "ila":
        locator = r.next()
        if not re.fullmatch(r"[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}", locator):
            raise BadLineError(r.index, f"ila: '{locator}' is not four groups of hexadecimal digits")
        return [kind, locator]
    if kind not in _ENCAP:
        raise BadLineError(r.index, f"encap: '{kind}' is not mpls, ip, ip6 or ila")
    found = [kind]
    names = set()
    while r.peek() in _ENCAP[kind]:
        name = r.next()
        text = r.next()
        if name in ("dst", "src"):
            parsed = address(text)
            if parsed is None or parsed.version != (4 if kind == "ip" else 6):
                raise BadLineError(r.index, f"encap {kind}: '{text}' is not an address of its family")
        elif name in ("ttl", "hoplimit"):
            r.number(name, text, 0, 255)
        elif name in ("tos", "tc"):
            text = r.named("tos", text, 255, DSFIELDS)
        else:
            r.number(name, text, 0, 0xFFFF if name == "flags" else 2**64 - 1)
        names.add(name)
        found += [name, text]
    if not names & {"id", "dst"}:
        raise BadLineError(r.index, f"encap {kind} needs id or dst")
    return found


def _encap(r: OptionReader) -> None:
    r.add("encap", *_encap_words(r))


def _nexthop(r: OptionReader) -> None:
    found: list[str] = []
    while r.peek() and r.peek() != "nexthop":
        word = r.next()
        if word == "via":
            found += ["via", _gateway(r)]
        elif word in ("dev", "oif"):
            found += ["dev", r.interface(word)]
        elif word == "weight":
            text = r.next()
            r.number("weight", text, 1, 256)
            found += ["weight", text]
        elif word == "onlink":
            found.append(word)
        elif word == "encap":
            found += ["encap", *_encap_words(r)]
        elif word == "realms":
            found += ["realms", r.realms(r.next())]
        else:
            raise BadLineError(r.index, f"'{word}' is not an option of nexthop")
    r.add("nexthop", *found)


def _track_group(r: OptionReader) -> None:
    if not r.static:
        raise BadLineError(r.index, "track_group is only for static lines")
    r.add("track_group", r.next())


def _to(r: OptionReader) -> None:
    text = r.next()
    r.prefix(text)
    r.add("to", text)


def _default6(r: OptionReader) -> None:
    r.fix_family(6, "default6")
    r.add("to", "::/0")


def _interface(option: str) -> Callable[[OptionReader], None]:
    def read(r: OptionReader) -> None:
        r.add(option, r.interface(option))

    return read


_OPTIONS: dict[str, Callable[[OptionReader], None]] = {
    "to": _to,
    "default6": _default6,
    "src": _address("src"),
    "via": _via,
    "gw": _gw,
    "from": _from,
    "tos": _named("tos", DSFIELDS, 255, 4),
    "dsfield": _named("tos", DSFIELDS, 255, 4),
    "table": _named("table", TABLES, 0xFFFFFFFF),
    "protocol": _named("protocol", PROTOCOLS, 255),
    "scope": _named("scope", SCOPES, 255, 4),
    "metric": _uint("metric"),
    "priority": _uint("metric"),
    "preference": _uint("metric"),
    "dev": _interface("dev"),
    "oif": _interface("dev"),
    "vrf": _interface("vrf"),
    "onlink": _flag("onlink"),
    "encap": _encap,
    "expires": _expires,
    "mtu": _lockable("mtu", _plain_number),
    "hoplimit": _uint("hoplimit", 0, 255),
    "advmss": _lockable("advmss", _plain_number),
    "rtt": _lockable("rtt", _time),
    "rttvar": _lockable("rttvar", _time),
    "reordering": _lockable("reordering", _plain_number),
    "window": _uint("window"),
    "cwnd": _lockable("cwnd", _plain_number),
    "ssthresh": _lockable("ssthresh", _plain_number),
    "realms": _realms,
    "rto_min": _lockable("rto_min", _time),
    "initcwnd": _uint("initcwnd"),
    "initrwnd": _uint("initrwnd"),
    "features": _one_of("features", "ecn"),
    "quickack": _one_of("quickack", "0", "1"),
    "congctl": _lockable("congctl", _any_name),
    "pref": _named("pref", {"low": 3, "medium": 0, "high": 1}, 255, 6),
    "ttl-propagate": _one_of("ttl-propagate", "enabled", "disabled"),
    "fastopen_no_cookie": _one_of("fastopen_no_cookie", "0", "1"),
    "add": _flag("add"),
    "prepend": _flag("prepend"),
    "append": _flag("append"),
    "nexthop": _nexthop,
    "or": _or,
    "as": _as,
    "no_track": _flag("no_track"),
    "track_group": _track_group,
}


class RouteLineKind(OptionLineKind[RouteLine]):
    """One route."""

    words = "[to] PREFIX | TYPE PREFIX [OPTION…] [nexthop …]"
    option_readers = _OPTIONS

    def word(self, r: OptionReader, word: str) -> None:
        if word in _OPTIONS and word != "nexthop" and r.has("nexthop"):
            raise BadLineError(r.index, f"'{word}' after nexthop; nexthop must come last")
        super().word(r, word)

    def other(self, r: OptionReader, word: str) -> None:
        if word in ROUTE_TYPES:
            r.add("type", word)
            word = r.next()
            r.prefix(word)
            r.add("to", word)
        else:
            self.destination(r, word)

    def finish(self, r: OptionReader) -> RouteLine:
        self.check(r)
        options = sorted(r.options, key=lambda option: option[0] not in ("type", "to"))
        return RouteLine(r.family or 4, tuple(options), r.statement)

    def destination(self, r: OptionReader, word: str) -> None:
        if r.has("nexthop"):
            raise BadLineError(r.index, f"'{word}' after nexthop")
        if r.has("to") and word not in EVERYTHING and address(word.partition("/")[0]) is None:
            raise BadLineError(r.index, f"'{word}' is not an option of a route")
        r.prefix(word)
        r.add("to", word)

    def leave_out(self, statement: Statement, site: Site, bad: BadLineError) -> None:
        site.error(
            "bad-route", f"route: {bad.why}", statement, bad.index, hint=bad.hint,
            consequence="the route is left out",
        )  # fmt: skip

    def check(self, r: OptionReader) -> None:
        if not r.has("to"):
            raise BadLineError(
                0, "there is no destination", "write a network such as 198.51.100.0/24, or default"
            )
        if r.has("track_group") and not r.has("dev"):
            r.complain("track_group needs dev", "it follows no group")
            r.drop("track_group")
        protocol = r.value("protocol")
        if protocol and not r.has("no_track"):
            number = r.number("protocol", protocol[0], 0, 255, PROTOCOLS)
            if number != KEEPALIVED_PROTOCOL:
                r.complain(
                    "protocol needs no_track: keepalived finds its own routes by their protocol",
                    f"protocol {KEEPALIVED_PROTOCOL} is used",
                )
