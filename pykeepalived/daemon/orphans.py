"""What process 1 of a container owes the processes that lost their parent.

Whatever a script leaves running becomes a child of process 1, and stays in the table of processes after its
end until it is waited for.  A check that leaves one behind each second fills a container's table in hours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container

from pykeepalived.base.units import NANOSECONDS_PER_SECOND

_FIRST_PROCESS = 1
_EVERY_NS = 5 * NANOSECONDS_PER_SECOND


class Orphans:
    """Waits for children that are not ours, now and then; if we are not process 1 there are none.

    ``own`` are our children, which are waited for elsewhere; ``after(name, delay_ns, call)`` sets a deadline.
    """

    def __init__(
        self, own: Callable[[], Container[int]], after: Callable[[str, int, Callable[[], None]], None]
    ) -> None:
        self._own = own
        self._after = after

    def begin(self) -> None:
        """From now on, until the deadlines are cleared."""
        if os.getpid() == _FIRST_PROCESS:
            self._look()

    def _look(self) -> None:
        reap_orphans(self._own())
        self._after("orphans", _EVERY_NS, self._look)


def reap_orphans(own: Container[int]) -> None:
    """Wait for every child that has ended, up to the first of our own: that one is somebody else's to see."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return
        os.waitpid(ended.si_pid, 0)
