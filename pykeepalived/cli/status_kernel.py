"""Which virtual addresses the kernel has now, looked up in the daemon's network namespace by who asks.

Neither the daemon nor its VRRP process is bothered with this.
"""

from __future__ import annotations

from typing import Any

from pykeepalived.kernel.links import LinkMonitor
from pykeepalived.kernel.namespaces import namespace_of_process
from pykeepalived.kernel.netlink import RequestSocket

Held = frozenset[tuple[str, str, int]]
"""Interface, address, prefix length."""


def held_addresses(pid: int) -> Held | None:
    """Every address that process's network namespace has; None when it cannot be looked at."""
    try:
        with namespace_of_process(pid):
            requests = RequestSocket()
            try:
                monitor = LinkMonitor(requests)
            finally:
                requests.close()
            monitor.close()
    except OSError:
        return None
    names = {index: link.name for index, link in monitor.table.links.items()}
    return frozenset(
        (names.get(held.index, ""), str(held.address), held.prefix_length)
        for held in monitor.table.all_addresses()
    )


def note_held(document: dict[str, Any], held: Held | None) -> None:
    """Write into a status document which address the kernel has: ``in_kernel``, null when unknown."""
    for instance in document["instances"]:
        for one in instance["addresses"]:
            key = (one["interface"], one["address"], one["prefix_length"])
            one["in_kernel"] = None if held is None else key in held
