"""One suite for the IPVS table: the fake everywhere, the kernel's in the guest (tests/vm/README.md)."""

from __future__ import annotations

import errno
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.kernel.ipvs import Ipvs, open_ipvs
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.kernel.ipvs_statistics import read_servers, read_services
from pykeepalived.lvs.service import (
    KNOWN_SCHEDULERS,
    Destination,
    DestinationKey,
    ForwardingMethod,
    Protocol,
    ServiceFlag,
    ServiceKey,
    Table,
    TunnelType,
    VirtualService,
)
from pykeepalived.lvs.statistics import ServerStatistics, Statistics
from pykeepalived.plan.lvs_steps import (
    AddDestination,
    AddService,
    RemoveDestination,
    RemoveService,
    SetDestination,
    SetService,
    Step,
    diff,
)
from pykeepalived.plan.ports import Connections, IpvsPort, IpvsTimeouts, SyncDaemon, SyncRole
from tests.support.eventually import eventually
from tests.support.in_guest import IN_GUEST, needs_guest


@pytest.fixture(params=["fake", *([pytest.param("kernel", marks=pytest.mark.vm)] if IN_GUEST else [])])
def ipvs(request: pytest.FixtureRequest) -> Iterator[IpvsPort]:
    if request.param == "fake":
        yield fake_ipvs(FakeIpvsKernel(interfaces=("lo", "ipvs-sync")))
        return
    kernel = open_ipvs()
    kernel.flush()
    yield kernel
    for role in SyncRole:
        kernel.stop_daemon(role)
    kernel.flush()
    kernel.set_timeouts(IpvsTimeouts(900, 120, 300))
    kernel.close()


@pytest.fixture(scope="module")
def sync_link() -> Iterator[None]:
    """The interface that sync daemons run on; the fake only needs its name."""
    if IN_GUEST:
        for words in (
            "link add ipvs-sync type dummy",
            "link set ipvs-sync up multicast on",
            "address add 192.0.2.250/32 dev ipvs-sync",
        ):
            subprocess.run(["ip", *words.split()], check=True)
    yield
    if IN_GUEST:
        subprocess.run(["ip", "link", "delete", "ipvs-sync"], check=True)


@pytest.mark.vm
@needs_guest
def test_the_suite_also_ran_against_the_kernel() -> None:
    """Says once, and loudly, when only the fake was tested."""
    assert IN_GUEST


def service(text: str = "203.0.113.1", port: int = 80, protocol: Protocol = Protocol.TCP) -> VirtualService:
    address = ip_address(text)
    return VirtualService(ServiceKey(2 if address.version == 4 else 10, protocol, address, port), "rr")


def mark(number: int, family: int = 2) -> VirtualService:
    return VirtualService(ServiceKey(family, None, None, 0, number), "rr")


def server(text: str, port: int = 80, **more: object) -> Destination:
    return Destination(DestinationKey(ip_address(text), port), **more)  # type: ignore[arg-type]


def table(*parts: tuple[VirtualService, list[Destination]]) -> Table:
    return {one.key: (one, {inside.key: inside for inside in servers}) for one, servers in parts}


WEB = service()
RS = server("192.0.2.11")


def available_schedulers(ipvs: IpvsPort) -> set[str]:
    """All of the fake's; of the kernel's, those whose module is there (Debian 12 has no twos)."""
    if isinstance(ipvs, Ipvs) and isinstance(ipvs.transport, FakeIpvsKernel):
        return set(ipvs.transport.schedulers)
    return _modules_there()


@cache
def _modules_there() -> set[str]:
    probe = ["modprobe", "--dry-run", "--quiet"]
    return {name for name in KNOWN_SCHEDULERS if not subprocess.run([*probe, f"ip_vs_{name}"]).returncode}


def assert_reads_back(ipvs: IpvsPort, wanted: Table) -> None:
    assert () == ipvs.apply(diff(wanted, ipvs.read_table()))
    assert wanted == ipvs.read_table()


class TestReadsOneService:
    def test_a_service_and_its_servers(self, ipvs: IpvsPort) -> None:
        ipvs.apply(diff(table((WEB, [RS]), (service(port=81), [])), {}))

        assert (WEB, {RS.key: RS}) == (ipvs.read_service(WEB.key), ipvs.read_destinations(WEB.key))
        assert {} == ipvs.read_destinations(service(port=81).key)

    def test_one_that_is_not_there(self, ipvs: IpvsPort) -> None:
        assert (None, {}) == (ipvs.read_service(WEB.key), ipvs.read_destinations(WEB.key))

    def test_one_by_mark(self, ipvs: IpvsPort) -> None:
        ipvs.apply(diff(table((mark(7, 10), [server("2001:db8::11")])), {}))

        assert mark(7, 10) == ipvs.read_service(mark(7, 10).key)
        assert None is ipvs.read_service(mark(7).key)


class TestReadsBackEqual:
    def test_an_empty_table(self, ipvs: IpvsPort) -> None:
        assert {} == ipvs.read_table()

    @pytest.mark.parametrize(
        "method",
        [ForwardingMethod.MASQUERADE, ForwardingMethod.DIRECT_ROUTING, ForwardingMethod.TUNNEL],
        ids=lambda method: method.name.lower(),
    )
    @pytest.mark.parametrize(
        ("vip", "rip"), [("203.0.113.1", "192.0.2.11"), ("2001:db8::1", "2001:db8:f::1")]
    )
    def test_each_forwarding_method(
        self, ipvs: IpvsPort, method: ForwardingMethod, vip: str, rip: str
    ) -> None:
        assert_reads_back(ipvs, table((service(vip), [server(rip, forwarding=method, weight=3)])))

    @pytest.mark.parametrize("scheduler", KNOWN_SCHEDULERS)
    def test_each_scheduler(self, ipvs: IpvsPort, scheduler: str) -> None:
        if scheduler not in available_schedulers(ipvs):
            pytest.skip(f"this kernel was built without ip_vs_{scheduler}")
        assert_reads_back(ipvs, table((replace(WEB, scheduler=scheduler), [RS, server("192.0.2.12")])))

    @pytest.mark.parametrize("protocol", Protocol, ids=lambda protocol: protocol.name.lower())
    def test_each_protocol(self, ipvs: IpvsPort, protocol: Protocol) -> None:
        assert_reads_back(ipvs, table((service(protocol=protocol), [RS])))

    @pytest.mark.parametrize("flag", [flag for flag in ServiceFlag if flag], ids=lambda flag: flag.name)
    def test_each_flag(self, ipvs: IpvsPort, flag: ServiceFlag) -> None:
        one = replace(service(protocol=Protocol.UDP), flags=flag, scheduler="mh")
        assert_reads_back(ipvs, table((one, [RS])))

    def test_persistence_with_a_mask_that_is_not_contiguous(self, ipvs: IpvsPort) -> None:
        one = replace(
            WEB, flags=ServiceFlag.PERSISTENT, persistence_timeout=77, netmask=int(IPv4Address("255.0.255.0"))
        )
        assert_reads_back(ipvs, table((one, [RS])))

    def test_persistence_with_an_ipv6_prefix(self, ipvs: IpvsPort) -> None:
        one = replace(
            service("2001:db8::1"), flags=ServiceFlag.PERSISTENT, persistence_timeout=360, netmask=64
        )
        assert_reads_back(ipvs, table((one, [server("2001:db8:f::1")])))

    def test_every_port_of_an_address(self, ipvs: IpvsPort) -> None:
        one = replace(service(port=0), flags=ServiceFlag.PERSISTENT, persistence_timeout=360)
        assert_reads_back(ipvs, table((one, [server("192.0.2.11", 0)])))

    def test_persistence_engine(self, ipvs: IpvsPort) -> None:
        one = replace(
            service(port=5060, protocol=Protocol.UDP),
            flags=ServiceFlag.PERSISTENT | ServiceFlag.ONE_PACKET,
            persistence_timeout=60,
            persistence_engine="sip",
        )
        assert_reads_back(ipvs, table((one, [RS])))

    def test_marks_of_both_families_with_one_number(self, ipvs: IpvsPort) -> None:
        assert_reads_back(
            ipvs,
            table((mark(7), [server("192.0.2.11", 0)]), (mark(7, 10), [server("2001:db8:f::1", 0)])),
        )

    def test_thresholds_and_weight_0(self, ipvs: IpvsPort) -> None:
        one = server("192.0.2.11", upper_threshold=100, lower_threshold=20, weight=0)
        assert_reads_back(ipvs, table((WEB, [one])))

    @pytest.mark.parametrize(
        ("kind", "port", "flags"),
        [(TunnelType.IPIP, 0, 0), (TunnelType.GUE, 6080, 2), (TunnelType.GRE, 0, 1)],
        ids=["ipip", "gue", "gre"],
    )
    def test_each_encapsulation(self, ipvs: IpvsPort, kind: TunnelType, port: int, flags: int) -> None:
        one = server(
            "192.0.2.11",
            forwarding=ForwardingMethod.TUNNEL,
            tunnel_type=kind,
            tunnel_port=port,
            tunnel_flags=flags,
        )
        assert_reads_back(ipvs, table((WEB, [one])))

    def test_a_tunnel_to_the_other_family(self, ipvs: IpvsPort) -> None:
        assert_reads_back(
            ipvs,
            table(
                (WEB, [server("2001:db8:f::1", forwarding=ForwardingMethod.TUNNEL)]),
                (service("2001:db8::1"), [server("192.0.2.11", forwarding=ForwardingMethod.TUNNEL)]),
            ),
        )

    def test_the_directors_own_address_as_a_server(self, ipvs: IpvsPort) -> None:
        assert_reads_back(ipvs, table((WEB, [server("127.0.0.1")])))

    def test_from_anything_to_anything(self, ipvs: IpvsPort) -> None:
        first = table(
            (WEB, [RS, server("192.0.2.12")]), (mark(1), [server("192.0.2.11", 0)]), (service(port=8), [])
        )
        second = table(
            (replace(WEB, scheduler="wlc"), [replace(RS, weight=0), server("192.0.2.13")]),
            (service("2001:db8::1"), [server("2001:db8:f::1")]),
        )
        assert_reads_back(ipvs, first)
        assert_reads_back(ipvs, second)
        assert_reads_back(ipvs, first)
        assert_reads_back(ipvs, {})

    def test_hundreds_of_objects(self, ipvs: IpvsPort) -> None:
        servers = [server(f"192.0.2.{n}") for n in range(1, 100)]
        assert_reads_back(ipvs, table(*((service(f"203.0.113.{n}"), servers) for n in range(1, 6))))


class TestRefusals:
    """The kernel's errno for each mistake; ``apply`` carries the rest out."""

    def refused(self, ipvs: IpvsPort, *steps: Step) -> list[int]:
        return [error.errno for error in ipvs.apply(steps)]

    def test_unknown_scheduler(self, ipvs: IpvsPort) -> None:
        bad = replace(WEB, scheduler="nosuch")
        assert [errno.ENOENT] == self.refused(ipvs, AddService(bad), AddDestination(bad.key, RS))
        assert {} == ipvs.read_table()

    def test_unknown_persistence_engine(self, ipvs: IpvsPort) -> None:
        assert [errno.ENOENT] == self.refused(ipvs, AddService(replace(WEB, persistence_engine="nosuch")))

    @pytest.mark.parametrize("plen", [0, 129])
    def test_impossible_ipv6_prefix(self, ipvs: IpvsPort, plen: int) -> None:
        assert [errno.EINVAL] == self.refused(ipvs, AddService(replace(service("2001:db8::1"), netmask=plen)))

    def test_a_server_for_a_service_that_is_not_there(self, ipvs: IpvsPort) -> None:
        assert [errno.ESRCH] == self.refused(ipvs, AddDestination(WEB.key, RS))

    def test_a_server_of_the_other_family(self, ipvs: IpvsPort) -> None:
        other = server("2001:db8:f::1")
        assert [errno.EINVAL] == self.refused(ipvs, AddService(WEB), AddDestination(WEB.key, other))

    def test_lower_threshold_above_the_upper(self, ipvs: IpvsPort) -> None:
        bad = server("192.0.2.11", upper_threshold=1, lower_threshold=2)
        assert [errno.ERANGE] == self.refused(ipvs, AddService(WEB), AddDestination(WEB.key, bad))

    def test_one_bad_server_among_many_is_the_only_one_missing(self, ipvs: IpvsPort) -> None:
        good = [server(f"192.0.2.{n}") for n in range(1, 250)]
        bad = server("192.0.2.250", upper_threshold=1, lower_threshold=2)
        steps = [AddDestination(WEB.key, one) for one in [*good[:120], bad, *good[120:]]]

        assert [errno.ERANGE] == self.refused(ipvs, AddService(WEB), *steps)
        assert 249 == len(ipvs.read_table()[WEB.key][1])


class TestAlreadyTrue:
    def test_adding_twice(self, ipvs: IpvsPort) -> None:
        steps = [AddService(WEB), AddDestination(WEB.key, RS)]
        assert () == ipvs.apply([*steps, *steps])
        assert table((WEB, [RS])) == ipvs.read_table()

    def test_adding_what_is_there_with_other_values_sets_them(self, ipvs: IpvsPort) -> None:
        ipvs.apply([AddService(WEB), AddDestination(WEB.key, RS)])
        other, heavy = replace(WEB, scheduler="wrr"), replace(RS, weight=9)

        assert () == ipvs.apply([AddService(other), AddDestination(WEB.key, heavy)])
        assert table((other, [heavy])) == ipvs.read_table()

    def test_changing_what_is_gone_adds_it(self, ipvs: IpvsPort) -> None:
        assert () == ipvs.apply([SetService(WEB)])
        assert () == ipvs.apply([SetDestination(WEB.key, RS)])
        assert table((WEB, [RS])) == ipvs.read_table()

    def test_removing_what_is_gone(self, ipvs: IpvsPort) -> None:
        assert () == ipvs.apply([RemoveService(WEB.key), RemoveDestination(WEB.key, RS.key)])
        ipvs.apply([AddService(WEB)])
        assert () == ipvs.apply([RemoveDestination(WEB.key, RS.key)])

    def test_removing_a_service_takes_its_servers(self, ipvs: IpvsPort) -> None:
        ipvs.apply([AddService(WEB), AddDestination(WEB.key, RS), RemoveService(WEB.key), AddService(WEB)])
        assert table((WEB, [])) == ipvs.read_table()


class TestWholeNamespace:
    def test_flush(self, ipvs: IpvsPort) -> None:
        ipvs.apply([AddService(WEB), AddService(mark(1))])
        ipvs.flush()
        assert {} == ipvs.read_table()

    def test_timeouts_of_0_stay_as_they_are(self, ipvs: IpvsPort) -> None:
        ipvs.set_timeouts(IpvsTimeouts(900, 120, 300))
        ipvs.set_timeouts(IpvsTimeouts(tcp=600, udp=30))
        assert IpvsTimeouts(600, 120, 30) == ipvs.timeouts()

    def test_version(self, ipvs: IpvsPort) -> None:
        assert "1.2.1" == ipvs.info().version
        assert 0 == ipvs.info().connection_table_size & (ipvs.info().connection_table_size - 1)


@pytest.mark.usefixtures("sync_link")
class TestSyncDaemons:
    def test_both_roles_at_once(self, ipvs: IpvsPort) -> None:
        assert () == ipvs.daemons()
        for role in SyncRole:
            ipvs.start_daemon(SyncDaemon(role, "ipvs-sync", 51))
        running = {one.role: (one.interface, one.sync_id, one.port, one.ttl) for one in ipvs.daemons()}
        assert dict.fromkeys(SyncRole, ("ipvs-sync", 51, 8848, 1)) == running

        ipvs.stop_daemon(SyncRole.MASTER)
        assert [SyncRole.BACKUP] == [one.role for one in ipvs.daemons()]

    def test_starting_twice_and_stopping_what_does_not_run_are_no_errors(self, ipvs: IpvsPort) -> None:
        for _ in range(2):
            ipvs.start_daemon(SyncDaemon(SyncRole.MASTER, "ipvs-sync", 1))
        ipvs.stop_daemon(SyncRole.BACKUP)
        assert 1 == len(ipvs.daemons())

    def test_settings_read_back(self, ipvs: IpvsPort) -> None:
        wanted = SyncDaemon(SyncRole.MASTER, "ipvs-sync", 7, 1000, IPv4Address("224.0.0.99"), 9000, 4)
        ipvs.start_daemon(wanted)
        assert (wanted,) == ipvs.daemons()

    def test_a_missing_interface_is_named(self, ipvs: IpvsPort) -> None:
        with pytest.raises(KernelRefusedError, match="sync daemon \\(master\\) on nosuch0"):
            ipvs.start_daemon(SyncDaemon(SyncRole.MASTER, "nosuch0", 1))

    def test_a_daemon_and_servers_of_the_other_family_exclude_each_other(self, ipvs: IpvsPort) -> None:
        tunnel = Destination(DestinationKey(IPv6Address("2001:db8:f::1"), 80), ForwardingMethod.TUNNEL)
        ipvs.apply([AddService(WEB), AddDestination(WEB.key, tunnel)])
        with pytest.raises(KernelRefusedError) as caught:
            ipvs.start_daemon(SyncDaemon(SyncRole.MASTER, "ipvs-sync", 1))
        assert errno.EINVAL == caught.value.errno

        ipvs.apply([RemoveDestination(WEB.key, tunnel.key)])
        ipvs.start_daemon(SyncDaemon(SyncRole.MASTER, "ipvs-sync", 1))
        assert [errno.EINVAL] == [e.errno for e in ipvs.apply([AddDestination(WEB.key, tunnel)])]


Visit = Callable[[VirtualService], "AbstractContextManager[DestinationKey]"]
"""Opens a TCP connection to a service with one server, which is made for it."""


@pytest.fixture
def visit(ipvs: IpvsPort) -> Visit:
    """In the guest client, director and real server are one machine: IPVS takes what is local, too."""
    assert isinstance(ipvs, Ipvs)
    fake = ipvs.transport if isinstance(ipvs.transport, FakeIpvsKernel) else None

    @contextmanager
    def pretended(visited: VirtualService) -> Iterator[DestinationKey]:
        assert () == ipvs.apply([AddService(visited), AddDestination(visited.key, RS)])
        assert fake is not None
        fake.connect(visited.key, RS.key)
        yield RS.key

    @contextmanager
    def real(visited: VirtualService) -> Iterator[DestinationKey]:
        addresses = [f"{visited.key.address}/32", "192.0.2.11/32"]
        for address in addresses:
            subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=True)
        try:
            with socket.create_server(("192.0.2.11", 0)) as listener:
                there = server("192.0.2.11", listener.getsockname()[1])
                assert () == ipvs.apply([AddService(visited), AddDestination(visited.key, there)])
                with socket.create_connection((str(visited.key.address), visited.key.port), 10):
                    listener.accept()[0].close()
                    yield there.key
        finally:
            for address in addresses:
                subprocess.run(["ip", "address", "delete", address, "dev", "lo"], check=True)

    return real if fake is None else pretended


def counts(ipvs: IpvsPort, visited: VirtualService) -> dict[DestinationKey, ServerStatistics]:
    assert isinstance(ipvs, Ipvs)
    return read_servers(ipvs.transport, visited.key)


def added_up(ipvs: IpvsPort, visited: VirtualService, there: DestinationKey) -> ServerStatistics:
    """The kernel adds up what its processors count every two seconds."""
    eventually(lambda: counts(ipvs, visited)[there].totals.connections, "a connection that counts")
    return counts(ipvs, visited)[there]


class TestCounts:
    def test_what_nobody_has_used_counts_nothing(self, ipvs: IpvsPort) -> None:
        assert isinstance(ipvs, Ipvs)
        ipvs.apply(diff(table((WEB, [RS])), {}))
        assert {WEB.key: Statistics()} == read_services(ipvs.transport)
        assert {RS.key: ServerStatistics()} == counts(ipvs, WEB)

    def test_a_connection_counts_for_its_service_and_its_server(self, ipvs: IpvsPort, visit: Visit) -> None:
        assert isinstance(ipvs, Ipvs)
        with visit(WEB) as there:
            found = added_up(ipvs, WEB, there)
            totals = found.totals
            assert (1, 0) == (found.active + found.inactive, found.persistent)
            assert 1 == totals.connections
            assert totals.packets_in >= 2 <= 2 * totals.packets_out
            assert totals.bytes_in >= 40 * totals.packets_in
            assert totals.bytes_out >= 40 * totals.packets_out
            assert {WEB.key: totals} == read_services(ipvs.transport)
            assert {there: Connections(found.active, found.inactive)} == ipvs.connections(WEB.key)

    def test_a_client_that_stays_with_its_server_counts_as_persistent(
        self, ipvs: IpvsPort, visit: Visit
    ) -> None:
        faithful = replace(WEB, flags=ServiceFlag.PERSISTENT, persistence_timeout=300)
        with visit(faithful) as there:
            assert 1 == counts(ipvs, faithful)[there].persistent
            assert 1 == ipvs.connections(faithful.key)[there].persistent

    def test_another_weight_or_scheduler_keeps_the_counts(self, ipvs: IpvsPort, visit: Visit) -> None:
        with visit(WEB) as there:
            assert 1 == added_up(ipvs, WEB, there).totals.connections
            ipvs.apply([SetService(replace(WEB, scheduler="wlc"))])
            ipvs.apply([SetDestination(WEB.key, Destination(there, weight=5))])
            assert 1 == counts(ipvs, WEB)[there].totals.connections

    def test_a_service_that_was_removed_begins_anew(self, ipvs: IpvsPort, visit: Visit) -> None:
        assert isinstance(ipvs, Ipvs)
        with visit(WEB) as there:
            assert 1 == added_up(ipvs, WEB, there).totals.connections
            ipvs.apply([RemoveService(WEB.key), AddService(WEB)])
            assert {WEB.key: Statistics()} == read_services(ipvs.transport)

    def test_a_service_that_is_not_there_has_no_servers(self, ipvs: IpvsPort) -> None:
        assert {} == counts(ipvs, WEB)
