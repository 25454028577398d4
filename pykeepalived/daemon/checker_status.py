"""What ``status`` wants to know of the virtual servers."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.ipc.details import ServerReport, ServiceReport
from pykeepalived.lvs.pool import Pool


def service_reports(pools: Iterable[Pool]) -> tuple[ServiceReport, ...]:
    """Every pool with its servers, in the order of the file."""
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
