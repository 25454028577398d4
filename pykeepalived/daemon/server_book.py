"""Every real server with its checks: runs them, and says what they mean for the server as a whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from pykeepalived.checkers.bfd import verdict_of
from pykeepalived.checkers.port import registry
from pykeepalived.daemon.check_runner import CheckRunner
from pykeepalived.daemon.log import get_logger
from pykeepalived.health.checker import (
    Action,
    ReportDown,
    ReportUp,
    ReportWeight,
    Standing,
    StepPassed,
    TryFailed,
)
from pykeepalived.health.server_health import (
    Change,
    ServerDown,
    ServerHealth,
    ServerStaysDown,
    ServerUp,
    ServerWeight,
)
from pykeepalived.health.settings import BfdTarget, CheckerSettings, FileTarget, ServerChecks
from pykeepalived.ipc.messages import Restored
from pykeepalived.lvs.director import Identity
from pykeepalived.lvs.events import Event, ServerVerdict, WeightChanged
from pykeepalived.lvs.service import DestinationKey

log = get_logger()

Report = Callable[[Identity, Event, str], None]
"""What a server's checks mean for its pool: the pool, the event, and the reason in words (or empty)."""


@dataclass(frozen=True, slots=True)
class ServerName:
    """A real server of a pool."""

    pool: Identity
    key: DestinationKey


@dataclass(frozen=True, slots=True)
class CheckName:
    """One check of a real server: ``number`` counts from 0."""

    server: ServerName
    number: int


def name_of(checks: ServerChecks) -> ServerName:
    """Which server these are the checks of."""
    pool = (checks.service, checks.occurrence)
    return ServerName(pool, DestinationKey(checks.address, checks.port))


@dataclass(slots=True)
class _Server:
    """What decides over a server: its checks, and what they make of it."""

    checks: ServerChecks
    health: ServerHealth


class ServerBook:
    """All servers that have checks.  Create the runner with ``book.observe`` as its observer."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._servers: dict[ServerName, _Server] = {}
        self._by_pool: dict[Identity, dict[ServerName, None]] = {}
        self._suspended: set[Identity] = set()
        self._bfd: dict[str, bool] = {}
        self.runner: CheckRunner | None = None

    # ------------------------------------------------------------ questions

    def is_up(self, server: ServerName) -> bool:
        """None of its checks fails.  True for a server without checks."""
        known = self._servers.get(server)
        return known is None or known.health.is_up

    def states_in(self, pool: Identity) -> list[tuple[ServerName, bool, int]]:
        """Every server of a pool that has checks: up or not, and its weight."""
        found = [(name, self._servers[name].health) for name in self._by_pool.get(pool, ())]
        return [(name, health.is_up, health.weight) for name, health in found]

    # ------------------------------------------------------------ start and reload

    def start(self, all_checks: Iterable[ServerChecks], restored: Restored | None) -> None:
        """Begin every check.  ``restored``: the verdicts of a checker process that died."""
        verdicts = last_verdicts(restored)
        for checks in all_checks:
            if checks.checkers:
                self._add(checks, _remembered(checks, verdicts))

    def reconfigure(self, gone: Iterable[ServerChecks], fresh: Iterable[ServerChecks]) -> None:
        """A reload: ``gone`` are the servers that are no longer there as they were, ``fresh`` those that were
        not there as they are now.  Checks that stayed the same go on undisturbed, changed ones keep what they
        learned.
        """
        before = {name_of(checks): checks for checks in gone}
        after = {name_of(checks): checks for checks in fresh}
        for name in before.keys() - after.keys():
            self._remove(name)
        for name, checks in after.items():
            standings: list[Standing | None] = [None] * len(checks.checkers)
            if name in before:
                standings = self._inherit(name, self._servers.get(name), checks)
            self._remove(name)
            if checks.checkers:
                self._add(checks, standings)

    def suspend(self, pool: Identity) -> None:
        """``ha_suspend``: let the checks of a pool rest."""
        if pool not in self._suspended:
            self._suspended.add(pool)
            for check in self._checks_of(pool, "Suspending"):
                self._runner.suspend(check)

    def resume(self, pool: Identity) -> None:
        """Check again."""
        if pool in self._suspended:
            self._suspended.discard(pool)
            for check in self._checks_of(pool, "Activating"):
                self._runner.resume(check)

    def bfd_state(self, session: str, up: bool) -> None:
        """The BFD process said how a session is: news for the checks that follow it, now and later."""
        self._bfd[session] = up
        for name, server in list(self._servers.items()):
            self._tell_of_sessions(name, server.checks, session)

    def file_checks(self) -> dict[str, list[CheckName]]:
        """Which checks look at a file, by its path."""
        found: dict[str, list[CheckName]] = {}
        for name, server in self._servers.items():
            for number, settings in enumerate(server.checks.checkers):
                for target in settings.targets:
                    if isinstance(target, FileTarget):
                        found.setdefault(target.path, []).append(CheckName(name, number))
        return found

    # ------------------------------------------------------------ what the runner says

    def observe(self, key: Hashable, action: Action) -> None:
        """An action of one check."""
        assert isinstance(key, CheckName)
        server = self._servers[key.server]
        settings = server.checks.checkers[key.number]
        for line in _lines(server.checks, settings, action):
            log.info(line, **_fields(server.checks, action))
        match action:
            case ReportUp():
                self._tell(key.server, server.health.check_up(key.number))
            case ReportDown(verdict):
                self._tell(key.server, server.health.check_down(key.number, verdict.reason))
            case ReportWeight(weight):
                self._tell(key.server, server.health.check_weight(key.number, weight))
            case _:
                pass

    def _tell(self, server: ServerName, changes: list[Change]) -> None:
        for change in changes:
            match change:
                case ServerUp():
                    self._report(server.pool, ServerVerdict(server.key, True), "")
                case ServerDown(reason):
                    self._report(server.pool, ServerVerdict(server.key, False), reason)
                case ServerStaysDown(reason):
                    self._report(server.pool, ServerVerdict(server.key, False, first=True), reason)
                case ServerWeight(weight):
                    self._report(server.pool, WeightChanged(server.key, weight), "")

    # ------------------------------------------------------------ inside

    @property
    def _runner(self) -> CheckRunner:
        if self.runner is None:
            raise RuntimeError("the book has no runner yet")
        return self.runner

    def _add(self, checks: ServerChecks, standings: list[Standing | None]) -> None:
        name = name_of(checks)
        resting = name.pool in self._suspended
        failing: set[int] = set()
        choices: dict[int, int] = {}
        for number, (settings, standing) in enumerate(zip(checks.checkers, standings, strict=True)):
            check = CheckName(name, number)
            self._runner.add(check, settings, standing, suspended=resting)
            learned = self._runner.standing_of(check)
            if not learned.is_up:
                failing.add(number)
            if learned.weight is not None:
                choices[number] = learned.weight
            if standing is None:
                activity = "Deactivating" if resting else "Activating"
                log.info(f"{activity} healthchecker for service {checks.server} for VS {checks.service}")
        health = ServerHealth(checks.weight, frozenset(failing))
        for number, weight in choices.items():
            health.check_weight(number, weight)
        self._servers[name] = _Server(checks, health)
        self._by_pool.setdefault(name.pool, {})[name] = None
        for session in self._bfd:
            self._tell_of_sessions(name, checks, session)

    def _tell_of_sessions(self, name: ServerName, checks: ServerChecks, session: str) -> None:
        for number, settings in enumerate(checks.checkers):
            if settings.targets == (BfdTarget(session),):
                self._runner.tell(CheckName(name, number), verdict_of(session, self._bfd[session]))

    def _remove(self, name: ServerName) -> None:
        """End the checks of a server, if it has any."""
        known = self._servers.pop(name, None)
        if known is None:
            return
        of_pool = self._by_pool[name.pool]
        del of_pool[name]
        if not of_pool:
            del self._by_pool[name.pool]
        for number in range(len(known.checks.checkers)):
            self._runner.remove(CheckName(name, number))

    def _inherit(
        self, name: ServerName, known: _Server | None, checks: ServerChecks
    ) -> list[Standing | None]:
        """For each new check what an old one of the same kind and targets has learned; ``known`` is None for
        a server that had no checks.

        A check that is new to a server which is up does not take it out before its first result, even with
        alpha; keepalived does the same.
        """
        old = list(enumerate(known.checks.checkers)) if known is not None else []
        was_up = known is None or known.health.is_up
        inherited: list[Standing | None] = []
        for settings in checks.checkers:
            match = next((pair for pair in old if _same_probe(pair[1], settings)), None)
            if match is not None:
                old.remove(match)
                inherited.append(self._runner.standing_of(CheckName(name, match[0])))
            elif was_up:
                inherited.append(Standing(is_up=True, failures=settings.schedule.retry))
            else:
                inherited.append(None)
        return inherited

    def _checks_of(self, pool: Identity, activity: str) -> Iterable[CheckName]:
        for name in self._by_pool.get(pool, ()):
            server = self._servers[name]
            for number in range(len(server.checks.checkers)):
                label = server.checks.server
                log.info(f"{activity} healthchecker for service {label} for VS {server.checks.service}")
                yield CheckName(name, number)


def last_verdicts(restored: Restored | None) -> dict[tuple[str, str], bool] | None:
    """Up or down by the labels of service and server; None when nothing died before us."""
    if restored is None:
        return None
    return {(verdict.service, verdict.server): verdict.up for verdict in restored.verdicts}


def _remembered(checks: ServerChecks, verdicts: dict[tuple[str, str], bool] | None) -> list[Standing | None]:
    """What the checks of a server know after a crash: no news is the state of a start without failures."""
    if verdicts is None:
        return [None] * len(checks.checkers)
    last = verdicts.get((checks.service, checks.server))
    if last is None:
        return [
            None if settings.schedule.alpha else Standing(is_up=True, has_run=True)
            for settings in checks.checkers
        ]
    return [Standing(is_up=last, has_run=True) for _ in checks.checkers]


def _same_probe(old: CheckerSettings, new: CheckerSettings) -> bool:
    return old.kind is new.kind and old.targets == new.targets


def _lines(checks: ServerChecks, settings: CheckerSettings, action: Action) -> list[str]:
    """What to log for an action, in keepalived's words.

    keepalived tells why a check failed only with log_all_failures; we say it in any case, once, when the
    server goes down.
    """
    check = registry()[settings.kind]
    names = (checks.server, checks.service)
    match action:
        case StepPassed(step):
            lines = [check.step_line(settings.targets[step], *names)]
        case ReportUp():
            lines = [check.up_line(settings.targets[0], *names)]
        case TryFailed(verdict):
            lines = [check.failed_line(verdict, *names)]
        case ReportDown(verdict, retries):
            lines = [check.down_line(verdict, *names, retries)]
            if not settings.schedule.log_all_failures:
                lines.insert(0, f"{check.log_name} on service {checks.server}: {verdict.reason}")
        case _:
            lines = []
    return [line for line in lines if line]


def _fields(checks: ServerChecks, action: Action) -> dict[str, str]:
    """For the JSON form of a log line."""
    fields = {"service": checks.service, "server": checks.server}
    match action:
        case TryFailed(verdict) | ReportDown(verdict):
            fields["reason"] = verdict.reason
        case _:
            pass
    return fields
