"""Files that remember what they were asked and said: whether they would still say so can be asked later."""

from __future__ import annotations

from _blake2 import blake2b  # as hashlib has it, without the OpenSSL that hashlib brings into every start
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pykeepalived.syntax.source import FileKind, Loader

Question = tuple[str, str | None]
"""A method of Loader and its argument; None stands for the file that everything begins with."""


class AskedLoader:
    """To its users like the ``Loader`` that it asks.

    ``main`` is the file that everything begins with: the same content under another name is no other answer.
    ``repeatable``: another reading would find the same, if all ``answers`` are the same.
    """

    def __init__(self, loader: Loader, main: str) -> None:
        self._loader = loader
        self._main = main
        self.answers: dict[Question, object] = {}
        self.repeatable = True

    def kind(self, path: str) -> FileKind:
        kind = self._loader.kind(path)
        self._remember("kind", path, kind.name)
        return kind

    def read(self, path: str) -> bytes:
        try:
            content = self._loader.read(path)
        except OSError:
            self.repeatable = False
            raise
        self._remember("read", path, blake2b(content).digest())
        return content

    def glob(self, pattern: str) -> list[str]:
        found = self._loader.glob(pattern)
        self._remember("glob", pattern, tuple(found))
        return found

    def directory_of(self, path: str) -> str:
        directory = self._loader.directory_of(path)
        self._remember("directory_of", path, directory)
        return directory

    def environment(self, name: str) -> str | None:
        value = self._loader.environment(name)
        self._remember("environment", name, value)
        return value

    def random(self, low: int, high: int) -> int:
        self.repeatable = False
        return self._loader.random(low, high)

    def seed(self, seed: int) -> None:
        self._loader.seed(seed)

    def agrees(self, answers: Mapping[Question, object]) -> bool:
        """Whether all is as it was; OSError when a file cannot be read any more."""
        for (method, argument), answer in answers.items():
            getattr(self, method)(self._main if argument is None else argument)
            if self.answers[method, argument] != answer:
                return False
        return True

    def _remember(self, method: str, argument: str, answer: object) -> None:
        self.answers[method, None if argument == self._main else argument] = answer
