"""Kernel parameters that we change for a time: set, remembered, put back.

Several holders may want the same value of one parameter; it is put back when the last lets go.  A value that
somebody else changed meanwhile is left alone.  The journal keeps the original values for a start after
``kill -9``: what was held then and is wanted again keeps its original, everything else is put back by
:meth:`SysctlKeeper.settle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.kernel.journal import Journal

ROOT = Path("/proc/sys")
_SECTION = "sysctls"


@dataclass(slots=True)
class _Held:
    """``original`` is what to put back, ``value`` what we set."""

    original: str
    value: str
    holders: set[str] = field(default_factory=set)


class SysctlKeeper:
    """Names are paths below ``/proc/sys``: ``net/ipv4/conf/eth0/arp_ignore``."""

    def __init__(self, journal: Journal | None = None, root: Path = ROOT) -> None:
        self._root = root
        self._journal = Journal(None) if journal is None else journal
        self._held: dict[str, _Held] = {}
        self._left_over: dict[str, tuple[str, str]] = {
            name: (str(entry[0]), str(entry[1]))
            for name, entry in self._journal.section(_SECTION).items()
            if len(entry) == 2
        }

    def read(self, name: str) -> str | None:
        """The value now; None when the kernel has no such parameter."""
        try:
            return " ".join((self._root / name).read_text().split())
        except OSError:
            return None

    def hold(self, holder: str, values: Mapping[str, int | str]) -> list[str]:
        """Set parameters for ``holder``; returns why not, one sentence for each that was refused.

        One that has the value already is held too, so that another holder's letting go does not change it.
        """
        refused: list[str] = []
        wanted: dict[str, str] = {}
        for name, number in values.items():
            value = str(number)
            held = self._held.get(name)
            if held is not None:
                held.holders.add(holder)
                if held.value != value:
                    refused.append(
                        f"{name} stays {held.value}: something else of ours needs that, not {value}"
                    )
                continue
            original = self.read(name)
            if original is None:
                refused.append(f"{name} cannot be read")
                continue
            earlier = self._left_over.pop(name, None)
            if earlier is not None and earlier[1] == original:
                original = earlier[0]
            self._held[name] = _Held(original, value, {holder})
            wanted[name] = value
        # On disk before the kernel: a kill in between leaves a note of something that was not done.
        self._journal.put(_SECTION, {name: [self._held[name].original, wanted[name]] for name in wanted})
        for name, value in wanted.items():
            problem = self._write(name, value)
            if problem is not None:
                refused.append(problem)
        return refused

    def let_go(self, holder: str) -> list[str]:
        """``holder`` needs nothing any more; returns why something could not be put back."""
        freed = []
        for name, held in list(self._held.items()):
            held.holders.discard(holder)
            if not held.holders:
                freed.append((name, held.original, held.value))
                del self._held[name]
        return self._put_back(freed)

    def forget(self, prefix: str) -> None:
        """What these names stood for is gone, the interface for example: there is nothing to put back."""
        names = [name for name in self._held if name.startswith(prefix)]
        for name in names:
            del self._held[name]
        self._journal.drop(_SECTION, *names)

    def settle(self) -> list[str]:
        """Put back what an earlier, killed process changed and nobody has asked for since."""
        left = [(name, original, value) for name, (original, value) in self._left_over.items()]
        self._left_over.clear()
        return self._put_back(left)

    def close(self) -> list[str]:
        """Put everything back."""
        held, self._held = self._held, {}
        return self.settle() + self._put_back([(name, one.original, one.value) for name, one in held.items()])

    def _put_back(self, values: list[tuple[str, str, str]]) -> list[str]:
        problems = []
        # The other way round than they were set: what was set first made the rest harmless.
        for name, original, value in reversed(values):
            if original != value and self.read(name) == value:
                problem = self._write(name, original)
                if problem is not None:
                    problems.append(problem)
        self._journal.drop(_SECTION, *(name for name, _, _ in values))
        return problems

    def _write(self, name: str, value: str) -> str | None:
        if self.read(name) == value:
            return None
        try:
            (self._root / name).write_text(value)
        except OSError as refused:
            return f"{name} cannot be set to {value}: {refused.strerror}"
        return None
