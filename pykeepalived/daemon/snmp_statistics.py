"""What IPVS counts, read for the SNMP process when somebody asks and what was read is old."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel import ipvs_messages
from pykeepalived.kernel.genl import GenlSocket, GenlTransport
from pykeepalived.kernel.ipvs_statistics import read_servers, read_services
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lvs.service import Destination, DestinationKey, ForwardingMethod, ServiceKey
from pykeepalived.lvs.statistics import ServerStatistics, ServiceStatistics, Statistics
from pykeepalived.plan.lvs import PlannedPool
from pykeepalived.snmp.plan import SnmpPlan

log = get_logger()


def _open() -> GenlTransport:
    return GenlSocket(ipvs_messages.FAMILY, ipvs_messages.VERSION)


class StatisticsReader:
    """``found`` is by the label of the service; empty when there is no IPVS, which is said once."""

    def __init__(self, plan: SnmpPlan, open_transport: Callable[[], GenlTransport] = _open) -> None:
        self._pools = plan.lvs.pools if plan.lvs is not None else ()
        self._namespace = plan.config.net_namespace_ipvs
        self._service_interval_ns = plan.service_interval_ns
        self._server_interval_ns = plan.server_interval_ns
        self._open_transport = open_transport
        self._transport: GenlTransport | None = None
        self._complained = False
        self._services: dict[ServiceKey, Statistics] = {}
        self._servers: dict[ServiceKey, dict[DestinationKey, ServerStatistics]] = {}
        self._services_until = self._servers_until = 0
        self.found: Mapping[str, ServiceStatistics] = {}

    def refresh(self, now: int) -> bool:
        """Read what is too old; whether there was anything."""
        services, servers = now >= self._services_until, now >= self._servers_until
        if not self._pools or not (services or servers):
            return False
        try:
            transport = self._opened()
            if services:
                self._services = read_services(transport)
            if servers:
                self._servers = {key: self._of_servers(transport, key) for key in self._keys()}
        except (KeyError, OSError, KernelRefusedError) as problem:
            if not self._complained:
                log.warning(f"IPVS cannot be read, SNMP shows no traffic of virtual servers: {problem}")
                self._complained = True
        if services:
            self._services_until = now + self._service_interval_ns
        if servers:
            self._servers_until = now + self._server_interval_ns
        self.found = {pool.settings.label: self._of_pool(pool) for pool in self._pools}
        return True

    def _opened(self) -> GenlTransport:
        if self._transport is None:
            with network_namespace(self._namespace):
                self._transport = self._open_transport()
        return self._transport

    def _keys(self) -> list[ServiceKey]:
        return [service.key for pool in self._pools for service in pool.settings.services]

    def _of_servers(
        self, transport: GenlTransport, key: ServiceKey
    ) -> dict[DestinationKey, ServerStatistics]:
        with suppress(KernelRefusedError):  # not in the table now: a Backup's, or one without a quorum
            return read_servers(transport, key)
        return {}

    def _of_pool(self, pool: PlannedPool) -> ServiceStatistics:
        keys = [service.key for service in pool.settings.services]
        totals = sum((self._services.get(key, Statistics()) for key in keys), Statistics())
        named = [(server.label, server.destination) for server in pool.settings.servers]
        sorry = pool.settings.sorry_server
        if sorry is not None:
            named.append((sorry.label, sorry.destination))
        servers = {
            label: sum((self._of_server(key, server) for key in keys), ServerStatistics())
            for label, server in named
        }
        return ServiceStatistics(totals, servers)

    def _of_server(self, service: ServiceKey, server: Destination) -> ServerStatistics:
        """Only masquerading translates ports: otherwise a server has the port of each service of a group."""
        translated = server.forwarding is ForwardingMethod.MASQUERADE
        key = server.key if translated else DestinationKey(server.key.address, service.port)
        return self._servers.get(service, {}).get(key, ServerStatistics())
