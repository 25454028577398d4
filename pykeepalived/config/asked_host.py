"""A machine that remembers what it was asked and said: whether it would still say so can be asked later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykeepalived.config.host import Host

Question = tuple[str, tuple[Any, ...], tuple[tuple[str, Any], ...]]
"""A method of Host, its arguments and its named arguments."""


class AskedHost:
    """A machine that remembers what it was asked and said; to its users it is like any other ``Host``."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.answers: dict[Question, Any] = {}

    def interface(self, name: str) -> Any:
        """Written out, as each instance asks this."""
        question = "interface", (name,), ()
        if question not in self.answers:
            self.answers[question] = self._host.interface(name)
        return self.answers[question]

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def ask(*words: Any, **named: Any) -> Any:
            question = (method, words, tuple(sorted(named.items())))
            if question not in self.answers:
                self.answers[question] = getattr(self._host, method)(*words, **named)
            return self.answers[question]

        return ask

    def agrees(self, answers: Mapping[Question, Any]) -> bool:
        """Whether the machine still says so; what it says is remembered, too."""
        return all(
            getattr(self, method)(*words, **dict(named)) == answer
            for (method, words, named), answer in answers.items()
        )
