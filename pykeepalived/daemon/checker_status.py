"""What ``status``, dumps and SNMP want to know of the virtual servers, in portions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pykeepalived.ipc.details import ServerReport, ServiceReport
from pykeepalived.ipc.messages import ServiceStateChanged, VerdictChanged, VerdictSnapshots
from pykeepalived.lvs.pool import Pool

PORTION = 200
"""Real servers in one message; it may be one virtual server more.  Checks run between two messages."""


def snapshots(request_id: int, pools: Iterable[Pool], *, detailed: bool) -> Iterator[VerdictSnapshots]:
    """All pools in the order of the file; the last portion says so, and there always is one.

    ``detailed``: with everything ``status`` shows, else only who is up.
    """
    portion: list[Pool] = []
    servers = 0
    for pool in pools:
        portion.append(pool)
        servers += len(pool.servers)
        if servers >= PORTION:
            yield _message(request_id, portion, detailed, last=False)
            portion, servers = [], 0
    yield _message(request_id, portion, detailed, last=True)


def _message(request_id: int, pools: list[Pool], detailed: bool, *, last: bool) -> VerdictSnapshots:
    if detailed:
        return VerdictSnapshots(request_id, (), (), last, service_reports(pools))
    verdicts = tuple(
        VerdictChanged(pool.settings.label, server.label, pool.servers[server.key].alive)
        for pool in pools
        for server in pool.settings.servers
    )
    services = tuple(ServiceStateChanged(pool.settings.label, pool.quorum_up) for pool in pools)
    return VerdictSnapshots(request_id, verdicts, services, last)


def service_reports(pools: Iterable[Pool]) -> tuple[ServiceReport, ...]:
    """Every pool with its servers."""
    return tuple(_report(pool) for pool in pools)


def _report(pool: Pool) -> ServiceReport:
    settings = pool.settings
    sorry = settings.sorry_server
    return ServiceReport(
        settings.label,
        pool.present,
        pool.quorum_up,
        settings.quorum,
        settings.hysteresis,
        pool.alive_weight,
        tuple(sorted(settings.owner_names)),
        sorry.label if sorry is not None and pool.sorry_in_use else "",
        tuple(
            ServerReport(
                server.label,
                pool.servers[server.key].alive,
                pool.kernel_weight(server.key),
                server.destination.weight,
            )
            for server in settings.servers
        ),
    )
