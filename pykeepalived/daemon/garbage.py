"""What Python's collector looks through: not what stays for as long as a configuration runs.

Nobody waits for a collection then, and a child shares these pages with the supervisor until it writes there.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pykeepalived.base.uncollected import uncollected


def keep_all() -> None:
    """Everything that is there now stays: neither we nor a child ever looks through it again."""
    gc.freeze()
    gc.enable()  # a start is made without


@contextmanager
def made_to_stay() -> Iterator[None]:
    """What is made in the block is not looked through either, at least until :func:`keep_the_new`.

    A collection right after it would walk all of a new configuration while others wait for what is in it.
    """
    collecting = gc.isenabled()
    with uncollected():
        try:
            yield
        finally:
            if collecting:
                gc.freeze()


def keep_the_new() -> None:
    """After a reload: what went is given back, and the rest stays."""
    gc.unfreeze()
    gc.collect()
    keep_all()
