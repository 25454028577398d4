"""``pykeepalived drain``: take a real server out of new connections and wait until it has none.

Exit status: 0 drained, 3 the time was over first (the server stays drained), 1 nothing was done, 130
interrupted (stays drained).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TextIO

from pykeepalived.cli.asking import NoAnswerError, NotRunningError, add_pid_option
from pykeepalived.cli.serverload import Load, add_server_options, hints, loads, seconds, table

DRAINED, FAILED, TIMED_OUT, INTERRUPTED = 0, 1, 3, 130
LOOK_EVERY_S = 0.5
SETTLE_S = 1.0
"""So long it has to stay empty: a handshake that began before is not counted as active yet."""
PATIENCE_S = 30.0
"""So long the daemon may be without an answer while we wait: its checker process may have died."""
LINE_EVERY_S = 5.0
"""Without a terminal, progress is a line when numbers have changed, and not more often."""


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pykeepalived drain",
        description="Set the weight of a real server to 0, so that it gets no new connections, and wait until"
        " it has no active ones. It stays so over failures, reloads and a crash of the checker process, until"
        " `pykeepalived undrain` or the end of the daemon.",
        epilog="exit status: 0 drained, 3 not within --timeout (it stays drained), 1 nothing was done, 130"
        " interrupted with Ctrl-C (it stays drained)",
    )
    add_server_options(parser)
    parser.add_argument("--timeout", type=seconds, metavar="S", help="wait no longer (default: for ever)")
    parser.add_argument("--no-wait", action="store_true", help="do not wait at all, exit 0")
    parser.add_argument(
        "--all", action="store_true", dest="inactive_too", help="wait for inactive connections as well"
    )
    parser.add_argument(
        "--force", action="store_true", help="even if a virtual server loses its quorum or its last server"
    )
    parser.add_argument("--list", action="store_true", help="drain nothing; list servers and connections")
    parser.add_argument("--json", action="store_true", help="the outcome as JSON, no progress")
    add_pid_option(parser)
    options = parser.parse_args(argv)
    if options.server is None and not options.list:
        parser.error("which SERVER? --list shows them")
    try:
        if options.list:
            return _list(options)
        return _drain(options)
    except NoAnswerError as problem:
        print(f"pykeepalived drain: {problem}", file=sys.stderr)
        return FAILED


def _list(options: argparse.Namespace) -> int:
    where = {"server": options.server, "service": options.service}
    servers = loads(options.pid, "connections", where)
    if options.json:
        print(json.dumps({"servers": [asdict(one) for one in servers]}, indent=2))
    else:
        sys.stdout.write(table(servers))
    return 0


def _drain(options: argparse.Namespace) -> int:
    where: dict[str, object] = {"server": options.server, "service": options.service}
    began = time.monotonic()
    servers = loads(options.pid, "drain", {**where, "force": options.force})
    if not options.no_wait and any(one.active is None for one in servers):
        raise NoAnswerError(
            "the daemon will give it weight 0, but cannot read the kernel's IPVS table; see its log"
        )
    if not options.json:
        for hint in hints(servers):
            print(f"note: {hint}", file=sys.stderr)
    waiting = Waiting(
        look=lambda: loads(options.pid, "connections", where),
        inactive_too=options.inactive_too,
        ends_at=None if options.timeout is None else began + options.timeout,
        progress=None if options.json else Progress(sys.stderr),
    )
    result, status = "draining", 0
    if not options.no_wait:
        try:
            done = waiting.wait(servers)
            result, status = ("drained", DRAINED) if done else ("timeout", TIMED_OUT)
        except KeyboardInterrupt:
            result, status = "interrupted", INTERRUPTED
        except NoAnswerError as problem:
            waiting.end_line()
            undo = f"if it runs on, the server is drained; `pykeepalived undrain {options.server}` undoes it"
            raise NoAnswerError(f"{problem}; {undo}") from problem
        servers = waiting.seen
        waiting.end_line()
    waited = time.monotonic() - began
    if options.json:
        rows = [asdict(one) for one in servers]
        print(json.dumps({"result": result, "waited_s": round(waited, 3), "servers": rows}, indent=2))
    else:
        sys.stdout.write(table(servers))
        print(_verdict(result, options, waited))
    return status


def _verdict(result: str, options: argparse.Namespace, waited: float) -> str:
    undo = f"`pykeepalived undrain {options.server}` undoes it"
    match result:
        case "drained":
            return f"drained after {waited:.1f} s; it stays so until {undo.removesuffix(' undoes it')}"
        case "timeout":
            return f"connections are left after {waited:.0f} s; it stays drained, {undo}"
        case "interrupted":
            return f"no longer waiting; it stays drained, {undo}"
        case _:
            return f"it gets no new connections; {undo}"


# ------------------------------------------------------------ waiting


@dataclass(slots=True)
class Progress:
    """How the numbers go down: one line that changes, or lines where there is no terminal."""

    out: TextIO
    _said: str = ""
    _said_at: float = float("-inf")

    def show(self, servers: Sequence[Load], waited: float) -> None:
        """Show how far it is."""
        text = _counts(servers)
        if self.out.isatty():
            self.out.write(f"\r\x1b[K{text} ({waited:.0f} s)")
        elif text != self._said and waited - self._said_at >= LINE_EVERY_S:
            self.out.write(f"{text} ({waited:.0f} s)\n")
        else:
            return
        self._said, self._said_at = text, waited
        self.out.flush()

    def end_line(self) -> None:
        """Clear the line that changed."""
        if self.out.isatty():
            self.out.write("\r\x1b[K")
            self.out.flush()


def _counts(servers: Sequence[Load]) -> str:
    parts = []
    for name in ("active", "inactive", "persistent"):
        known = [count for one in servers if (count := getattr(one, name)) is not None]
        parts.append(f"{sum(known) if known else '?'} {name}")
    return ", ".join(parts)


@dataclass(slots=True)
class Waiting:
    """Looks until there are no connections.  ``ends_at`` is time.monotonic(), None: never."""

    look: Callable[[], list[Load]]
    inactive_too: bool
    ends_at: float | None
    progress: Progress | None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    seen: list[Load] = field(default_factory=list)
    _silent_since: float | None = None

    def wait(self, servers: list[Load]) -> bool:
        """Whether it was empty in time, and stayed so for a moment; ``seen`` is what was seen last."""
        began = self.clock()
        empty_since: float | None = None
        self.seen = servers
        while True:
            now = self.clock()
            if self.progress is not None:
                self.progress.show(self.seen, now - began)
            if not all(one.is_empty(inactive_too=self.inactive_too) for one in self.seen):
                empty_since = None
            elif empty_since is None:
                empty_since = now
            elif now - empty_since >= SETTLE_S:
                return True
            if self.ends_at is not None and now >= self.ends_at:
                return False
            pause = LOOK_EVERY_S if self.ends_at is None else min(LOOK_EVERY_S, self.ends_at - now)
            self.sleep(max(0.0, pause))
            self.seen = self._look_again()

    def _look_again(self) -> list[Load]:
        """What is there now; while a checker process that died is started anew, what was there before."""
        try:
            found = self.look()
        except NotRunningError:
            raise
        except NoAnswerError:
            now = self.clock()
            self._silent_since = now if self._silent_since is None else self._silent_since
            if now - self._silent_since >= PATIENCE_S:
                raise
            return [replace(one, active=None) for one in self.seen]
        self._silent_since = None
        return found

    def end_line(self) -> None:
        """Clear what shows progress."""
        if self.progress is not None:
            self.progress.end_line()
