"""keepalived's command line as data, and its reader with the rules of getopt_long.

Source: the option table of keepalived 2.4.3 and runs of it.  An option with an optional value needs it
attached; a long name may be shortened as long as it stays unique.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple


class Takes(enum.Enum):
    """Whether a value follows."""

    NOTHING = 0
    VALUE = 1
    OPTIONAL = 2


class Status(enum.Enum):
    """What this program does with an option."""

    EFFECTIVE = "effective"
    LATER = "accepted, not yet acted on"
    REFUSED = "not in this build"


class Option(NamedTuple):
    """One row.  ``short`` is empty for options that have only a long name."""

    short: str
    long: str
    takes: Takes
    metavar: str
    help: str
    status: Status = Status.EFFECTIVE


_N, _V, _O = Takes.NOTHING, Takes.VALUE, Takes.OPTIONAL
_LATER, _REFUSED = Status.LATER, Status.REFUSED

# fmt: off
OPTIONS: tuple[Option, ...] = (
    Option("f", "use-file", _V, "FILE", "configuration file (default /etc/keepalived/keepalived.conf)"),
    Option("P", "vrrp", _N, "", "run only the VRRP process"),
    Option("C", "check", _N, "", "run only the health checkers"),
    Option("B", "no_bfd", _N, "", "run no BFD process"),
    Option("", "all", _N, "", "start all processes even without configuration for them"),
    Option("l", "log-console", _N, "", "log to the console too"),
    Option("D", "log-detail", _N, "", "more messages; twice: even more"),
    Option("S", "log-facility", _V, "FACILITY", "syslog facility: 0-7, local0-7, user, daemon (default)"),
    Option("g", "log-file", _O, "FILE", "write a log file (default: keepalived.log in $TMPDIR)"),
    Option("", "flush-log-file", _N, "", "flush the log file after each line (it always is)"),
    Option("", "log-format", _V, "text|json", "form of log lines (not in keepalived)"),
    Option("G", "no-syslog", _N, "", "no syslog"),
    Option("u", "umask", _V, "MASK", "mask for files (default 0177); wins over the configuration"),
    Option("X", "release-vips", _N, "", "drop addresses on a transition by signal"),
    Option("V", "dont-release-vrrp", _N, "", "keep addresses, routes and rules at stop"),
    Option("I", "dont-release-ipvs", _N, "", "keep IPVS entries at stop"),
    Option("R", "dont-respawn", _N, "", "do not restart processes that died"),
    Option("n", "dont-fork", _N, "", "stay in the foreground"),
    Option("d", "dump-conf", _N, "", "log the configuration at start"),
    Option("p", "pid", _V, "FILE", "pid file of the supervisor"),
    Option("r", "vrrp_pid", _V, "FILE", "pid file of the VRRP process"),
    Option("c", "checkers_pid", _V, "FILE", "pid file of the checker process"),
    Option("b", "bfd_pid", _V, "FILE", "pid file of the BFD process"),
    Option("a", "address-monitoring", _N, "", "log address changes that netlink reports"),
    Option("T", "genhash", _N, "", "become genhash; should be the first option", _REFUSED),
    Option("x", "snmp", _N, "", "serve every MIB by SNMP"),
    Option("A", "snmp-agent-socket", _V, "ADDRESS", "AgentX master; wins over snmp_socket"),
    Option("s", "namespace", _V, "NAME", "network namespace; wins over net_namespace"),
    Option("m", "core-dump", _N, "", "lift the limit on core files"),
    Option("M", "core-dump-pattern", _O, "PATTERN", "as -m, and write the kernel's core pattern", _LATER),
    Option("e", "all-config", _N, "", "a missing include file is an error"),
    Option("i", "config-id", _V, "ID", "config-id of @ID lines (default: host name up to the first dot)"),
    Option("", "signum", _V, "NAME", "print the number of STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON"),
    Option("t", "config-test", _O, "FILE", "test the configuration; messages to standard error or FILE"),
    Option("", "config-fd", _V, "N", "internal to keepalived", _LATER),
    Option("", "perf", _O, "WHAT", "performance recording", _REFUSED),
    Option("", "debug", _O, "SPEC", "debugging output", _REFUSED),
    Option("", "no-mem-check", _N, "", "memory debugging", _REFUSED),
    Option("", "openssl-mem-check", _N, "", "memory debugging", _REFUSED),
    Option("L", "mem-check-log", _N, "", "memory debugging", _REFUSED),
    Option("O", "", _N, "", "memory debugging", _REFUSED),
    Option("", "ignore-sigint", _N, "", "ignore SIGINT"),
    Option("v", "version", _N, "", "version, to standard error"),
    Option("h", "help", _N, "", "this text, to standard error"),
)
# fmt: on

_BY_SHORT = {option.short: option for option in OPTIONS if option.short}
_BY_LONG = {option.long: option for option in OPTIONS if option.long}


class BadOptionError(Exception):
    """The command line cannot be read; the message is for the user."""


class CommandLine(NamedTuple):
    """Options in the order given, each with its value ("" when it has none), and the words left over."""

    given: tuple[tuple[Option, str], ...]
    words: tuple[str, ...]

    def has(self, long: str) -> bool:
        """Whether an option was given."""
        return any(option.long == long for option, _ in self.given)

    def count(self, long: str) -> int:
        """How often an option was given."""
        return sum(option.long == long for option, _ in self.given)

    def value(self, long: str, default: str | None = None) -> str | None:
        """The last value given for an option."""
        values = [value for option, value in self.given if option.long == long]
        return values[-1] if values else default


def read(argv: Sequence[str]) -> CommandLine:
    """Read a command line; BadOptionError when an option is unknown or lacks its value."""
    given: list[tuple[Option, str]] = []
    words: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if word.startswith("--"):
            given.append(_long(word, rest))
        elif word.startswith("-") and word != "-":
            given += _short(word[1:], rest)
        else:
            words.append(word)
    return CommandLine(tuple(given), tuple(words))


def _long(word: str, rest: list[str]) -> tuple[Option, str]:
    name, attached, value = word[2:].partition("=")
    option = _BY_LONG.get(name)
    if option is None:
        found = [candidate for long, candidate in _BY_LONG.items() if long.startswith(name)]
        if not found:
            raise BadOptionError(f"Unknown option --{name}")
        if len(found) > 1:
            choices = ", ".join(f"--{candidate.long}" for candidate in found)
            raise BadOptionError(f"Option --{name} could be any of {choices}")
        option = found[0]
    if attached:
        if option.takes is Takes.NOTHING:
            raise BadOptionError(f"Option --{option.long} takes no value")
        if not value:
            raise BadOptionError(f"Missing parameter for option --{option.long}")
    elif option.takes is Takes.VALUE:
        value = _next(rest, f"--{option.long}")
    return option, value


def _short(cluster: str, rest: list[str]) -> list[tuple[Option, str]]:
    given: list[tuple[Option, str]] = []
    while cluster:
        letter, cluster = cluster[0], cluster[1:]
        option = _BY_SHORT.get(letter)
        if option is None:
            raise BadOptionError(f"Unknown option -{letter}")
        value = ""
        if option.takes is not Takes.NOTHING:
            value, cluster = cluster, ""
        if option.takes is Takes.VALUE and not value:
            value = _next(rest, f"-{letter}")
        given.append((option, value))
    return given


def _next(rest: list[str], name: str) -> str:
    if not rest or not rest[0]:
        raise BadOptionError(f"Missing parameter for option {name}")
    return rest.pop(0)
