"""A real server with several checks: up when none of them fails, with the weight that they choose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerUp:
    """The last failing check succeeded."""


@dataclass(frozen=True, slots=True)
class ServerDown:
    """The first check failed; ``reason`` is that check's."""

    reason: str


@dataclass(frozen=True, slots=True)
class ServerStaysDown:
    """A check that began as failing (alpha) has its first result, and it is bad: worth telling, no change."""

    reason: str


@dataclass(frozen=True, slots=True)
class ServerWeight:
    """The checks together choose this weight."""

    weight: int


Change = ServerUp | ServerDown | ServerStaysDown | ServerWeight


class ServerHealth:
    """The checks of one real server, by number.

    ``weight`` is the configured weight.  Each check that chooses a weight moves the server's by the
    difference between its choice and the configured one, as in keepalived.
    """

    __slots__ = ("_choices", "_failing", "_weight")

    def __init__(self, weight: int, failing: frozenset[int] = frozenset()) -> None:
        self._weight = weight
        self._failing = set(failing)
        self._choices: dict[int, int] = {}

    @property
    def is_up(self) -> bool:
        """No check fails.  A server without checks is always up."""
        return not self._failing

    @property
    def weight(self) -> int:
        """The weight that configuration and checks give it, never below 0."""
        moved = sum(choice - self._weight for choice in self._choices.values())
        return max(0, self._weight + moved)

    def check_up(self, check: int) -> list[Change]:
        """Check number ``check`` passes."""
        was_up = self.is_up
        self._failing.discard(check)
        return [ServerUp()] if self.is_up and not was_up else []

    def check_down(self, check: int, reason: str) -> list[Change]:
        """Check number ``check`` fails.

        One that counted as failing before has its first result (``Checker`` says a failure once); keepalived
        tells of it, for each such check.
        """
        was_up, began_failing = self.is_up, check in self._failing
        self._failing.add(check)
        if began_failing:
            return [ServerStaysDown(reason)]
        return [ServerDown(reason)] if was_up else []

    def check_weight(self, check: int, weight: int | None) -> list[Change]:
        """Check number ``check`` chooses a weight, or takes its choice back."""
        before = self.weight
        if weight is None:
            self._choices.pop(check, None)
        else:
            self._choices[check] = weight
        return [ServerWeight(self.weight)] if self.weight != before else []
