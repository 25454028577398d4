"""When IPVS is read for SNMP, and what belongs to which virtual server."""

from __future__ import annotations

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.daemon import snmp_statistics
from pykeepalived.daemon.snmp_statistics import StatisticsReader
from pykeepalived.kernel.genl import GenlTransport
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel
from pykeepalived.lvs.service import DestinationKey, ServiceKey
from pykeepalived.lvs.statistics import ServerStatistics, Statistics
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.snmp.plan import SnmpPlan, plan_snmp

S = 1_000_000_000
SITE = """
global_defs { enable_snmp_checker
snmp_vs_stats_update_interval 2
snmp_rs_stats_update_interval 6 }
virtual_server_group G { 203.0.113.1-2 80
203.0.113.9 8080 }
virtual_server group G { protocol TCP
lb_kind DR
real_server 192.0.2.11 { } }
"""
SORRY = """
global_defs { enable_snmp_checker }
virtual_server 203.0.113.1 80 { protocol TCP
lb_kind NAT
sorry_server 192.0.2.11 81
real_server 192.0.2.11 80 { } }
"""
LABEL, SERVER = "[G]:0", "[192.0.2.11]:tcp:0"


def planned(text: str) -> SnmpPlan:
    config = load_text(text).config
    plan = plan_snmp(config, None, plan_lvs(config))
    assert plan is not None
    return plan


@pytest.fixture
def plan() -> SnmpPlan:
    return planned(SITE)


class Kernel:
    """Answers the two questions, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services = self.servers = 0
        monkeypatch.setattr(snmp_statistics, "read_services", self._services)
        monkeypatch.setattr(snmp_statistics, "read_servers", self._servers)

    def _services(self, _: GenlTransport) -> dict[ServiceKey, Statistics]:
        self.services += 1
        return {key: Statistics(connections=self.services) for key in self.keys}

    def _servers(self, _: GenlTransport, key: ServiceKey) -> dict[DestinationKey, ServerStatistics]:
        self.servers += 1
        assert key.address is not None
        own = next(server for server in self.addresses)
        return {DestinationKey(own, key.port): ServerStatistics(active=10)}

    def of(self, plan: SnmpPlan) -> Kernel:
        assert plan.lvs is not None
        settings = plan.lvs.pools[0].settings
        self.keys = [service.key for service in settings.services]
        self.addresses = [server.key.address for server in settings.servers]
        return self


def test_the_services_of_a_group_add_up(plan: SnmpPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(monkeypatch).of(plan)
    reader = StatisticsReader(plan, FakeIpvsKernel)
    assert reader.refresh(0)
    assert Statistics(connections=3) == reader.found[LABEL].totals
    assert {SERVER: ServerStatistics(active=30)} == reader.found[LABEL].servers


def test_a_sorry_server_beside_a_real_server_of_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(SORRY)
    Kernel(monkeypatch).of(plan)
    reader = StatisticsReader(plan, FakeIpvsKernel)
    reader.refresh(0)
    servers = reader.found["[203.0.113.1]:tcp:80"].servers
    assert (10, 0) == (servers["[192.0.2.11]:tcp:80"].active, servers["[192.0.2.11]:tcp:81"].active)


def test_each_is_read_again_after_its_own_time(plan: SnmpPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch).of(plan)
    reader = StatisticsReader(plan, FakeIpvsKernel)
    seen = []
    for second in (0, 1, 2, 4, 6):
        reader.refresh(second * S)
        seen.append((kernel.services, kernel.servers // 3))
    assert [(1, 1), (1, 1), (2, 1), (3, 1), (4, 2)] == seen


def test_without_ipvs_everything_is_zero_and_that_is_said_once(
    plan: SnmpPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(snmp_statistics.log, "warning", lines.append, raising=False)

    def absent() -> GenlTransport:
        raise KeyError("IPVS")

    reader = StatisticsReader(plan, absent)
    assert reader.refresh(0) and reader.refresh(9 * S)
    assert Statistics() == reader.found[LABEL].totals
    assert 1 == len(lines)
