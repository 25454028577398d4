"""What Python's collector looks through: not what stays for as long as a configuration runs.

Nobody waits for a collection then, and a child shares these pages with the supervisor until it writes there.
"""

from __future__ import annotations

import gc


def keep_all() -> None:
    """Everything that is there now stays: neither we nor a child ever looks through it again."""
    gc.freeze()
    gc.enable()  # a start is made without


def keep_the_new() -> None:
    """After a reload: what went is given back, and the rest stays."""
    gc.unfreeze()
    gc.collect()
    keep_all()
