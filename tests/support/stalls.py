"""A machine that stands still for a while makes a sound router lose its role: tell that from a defect.

``@repeat_when_stalled(limit_ns)`` runs a test beside a sampler, a thread that sleeps for 5 ms again and again
and remembers by how much it overslept.  A test that fails while the sampler itself was late by ``limit_ns``
or more proves nothing and runs again, at most three times; a failure on a machine that kept time counts, and
so does the last one.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")

_STEP_S = 0.005
_ATTEMPTS = 4


class StallWatch:
    """Measures the longest stall of this process while the context is open (``longest_ns``)."""

    def __init__(self) -> None:
        self.longest_ns = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        before = time.monotonic_ns()
        while not self._end.is_set():
            time.sleep(_STEP_S)
            now = time.monotonic_ns()
            self.longest_ns = max(self.longest_ns, now - before - int(_STEP_S * 1e9))
            before = now

    def __enter__(self) -> StallWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def repeat_when_stalled(limit_ns: int) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Let a failure count only when the machine did not stand still for ``limit_ns`` meanwhile."""

    def decorate(test: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(test)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            for attempt in range(1, _ATTEMPTS + 1):
                with StallWatch() as watch:
                    try:
                        test(*args, **kwargs)
                        return
                    except AssertionError:
                        if attempt == _ATTEMPTS or watch.longest_ns < limit_ns:
                            raise
                print(
                    f"attempt {attempt}: the machine stood still for {watch.longest_ns / 1e6:.0f} ms, again"
                )

        return run

    return decorate
