"""use_vmac on a LAN of namespaces: what the segment sees, what the host gets back, what survives what."""

from __future__ import annotations

import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.ipc.messages import Reload, ReloadDone, Stop
from pykeepalived.lab import netns
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from tests.support.kernel_can import needs_nftables
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, RouterProcess, eventually, running

pytestmark = [pytest.mark.netns, needs_nftables]

VIP, VIP6 = "192.0.2.100", "2001:db8::100"
VMAC, VMAC6 = bytes.fromhex("00005e000133"), bytes.fromhex("00005e000233")
MS = 1_000_000


def plan(
    body: str = "use_vmac", *, vips: str = f"{VIP}/24", priority: int = 150, before: str = ""
) -> VrrpPlan:
    text = f"""
    {before}
    vrrp_instance V1 {{
        interface eth0
        virtual_router_id 51
        version 3
        advert_int 0.1
        priority {priority}
        garp_master_delay 1
        {body}
        virtual_ipaddress {{
            {vips}
        }}
    }}
    """
    return plan_vrrp(load_text(text).config)


def links(lan: Lan, letter: str) -> set[str]:
    """Names of the interfaces besides loopback and eth0."""
    lines = lan.ip(letter, "-o", "link", "show").splitlines()
    return {line.split()[1].rstrip(":").partition("@")[0] for line in lines} - {"lo", "eth0"}


def settings_of_host(lan: Lan, letter: str) -> dict[str, str]:
    """Every kernel parameter that our macvlans could touch."""
    found = {}
    with netns.inside(lan.names[letter]):
        for interface in ("all", "default", "eth0", "lo"):
            for folder in ("ipv4", "ipv6"):
                for path in sorted(Path(f"/proc/sys/net/{folder}/conf/{interface}").iterdir()):
                    try:
                        found[str(path)] = path.read_text()
                    except OSError:
                        continue  # stable_secret without one
        igmp = Path("/proc/sys/net/ipv4/igmp_link_local_mcast_reports")
        found[str(igmp)] = igmp.read_text()
    return found


def tables(lan: Lan, letter: str) -> str:
    return netns.run(["ip", "netns", "exec", lan.names[letter], "nft", "list", "ruleset"])


def holds(lan: Lan, letter: str, link: str, *addresses: str) -> bool:
    lines = lan.ip(letter, "-o", "addr", "show").splitlines()
    held = {line.split()[3].partition("/")[0] for line in lines if line.split()[1] == link}
    return set(addresses) <= held


def stop(process: RouterProcess) -> None:
    process.channel.send(Stop("test"))
    assert 0 == process.wait()


def log_in(tmp_path: Path) -> str:
    return str(tmp_path / "log")


class Prober(Listener):
    """Somebody on the cable of one router: sends it frames, hears what it sends."""

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def ask_arp(self, address: str, destination: bytes = b"\xff" * 6) -> None:
        """Who has ``address``?"""
        us, ours = bytes.fromhex("020000000009"), IPv4Address("192.0.2.9").packed
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + us + ours + bytes(6) + IPv4Address(address).packed
        self.send(destination + us + b"\x08\x06" + body)

    def arp_answers(self, address: str) -> set[bytes]:
        """Hardware addresses that were told for ``address`` in answers to us."""
        wanted = IPv4Address(address).packed
        return {
            frame[22:28]
            for _, frame in self.pump()
            if frame[12:14] == b"\x08\x06"
            and frame[20:22] == b"\0\2"
            and frame[28:32] == wanted
            and frame[:6] == bytes.fromhex("020000000009")
        }

    def sent_from(self, mac: bytes) -> list[str]:
        """Every frame of the router with this Ethernet source address."""
        return [frame.hex() for _, frame in self.pump() if frame[6:12] == mac]

    def advert_sources(self) -> set[bytes]:
        """Ethernet source addresses of its adverts."""
        return {
            frame[6:12]
            for _, frame in self.pump()
            if (frame[12:14] == b"\x08\x00" and frame[23] == 112)
            or (frame[12:14] == b"\x86\xdd" and frame[20] == 112)
        }


def ping_frame(destination_mac: bytes, destination: str) -> bytes:
    """An echo request from 192.0.2.9, with its checksums."""
    body = b"\x08\0" + bytes(2) + b"\0\1\0\1"
    body = body[:2] + struct.pack("!H", _sum(body)) + body[4:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 1, 0)
    header += IPv4Address("192.0.2.9").packed + IPv4Address(destination).packed
    header = header[:10] + struct.pack("!H", _sum(header)) + header[12:]
    return destination_mac + bytes.fromhex("020000000009") + b"\x08\0" + header + body


def _sum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@contextmanager
def master_and_backup(lan: Lan, tmp_path: Path, vips: str) -> Iterator[RouterProcess]:
    """``a`` is Master before ``b`` begins and is Backup; yields the latter."""
    with running(lan, "a", plan(vips=vips), str(tmp_path / "a")) as master:
        master.until_state("V1", "MASTER")
        with running(lan, "b", plan(vips=vips, priority=100), str(tmp_path / "b")) as backup:
            backup.until_state("V1", "BACKUP")
            yield backup


def with_vmac_master(lan: Lan, process: RouterProcess) -> None:
    process.until_state("V1", "MASTER")
    eventually(lambda: holds(lan, "a", "vrrp.51", VIP), "the address on the macvlan")


@repeat_when_stalled(150 * MS)
def test_the_segment_sees_the_virtual_mac_and_the_host_gets_everything_back(tmp_path: Path) -> None:
    """[TX-5] [AC-1]"""
    with Lan("vm") as lan:
        before = settings_of_host(lan, "a")
        prober = Prober(lan, "a")
        with running(lan, "a", plan(), log_in(tmp_path), journal=str(tmp_path / "journal")) as process:
            with_vmac_master(lan, process)
            eventually(lambda: prober.advert_sources(), "an advert")
            assert {VMAC} == prober.advert_sources()
            assert before != settings_of_host(lan, "a")
            prober.ask_arp(VIP)
            prober.ask_arp("192.0.2.1")
            eventually(lambda: prober.arp_answers("192.0.2.1"), "an answer for the host's own address")
            eventually(lambda: prober.arp_answers(VIP), "an answer for the virtual address")
            assert {VMAC} == prober.arp_answers(VIP)
            assert VMAC not in prober.arp_answers("192.0.2.1")
            announced = [frame for _, frame in prober.pump() if frame[12:14] == b"\x08\x06"]
            assert any(frame[6:12] == VMAC and frame[28:32] == IPv4Address(VIP).packed for frame in announced)
            stop(process)
        assert set() == links(lan, "a")
        assert "" == tables(lan, "a")
        assert before == settings_of_host(lan, "a")
        assert not (tmp_path / "journal").exists()
        prober.close()


@repeat_when_stalled(150 * MS)
def test_a_backup_answers_nothing_forwards_nothing_and_never_uses_the_virtual_mac(tmp_path: Path) -> None:
    """[BK-1] [BK-3] [BK-4]"""
    with Lan("vm") as lan:
        lan.shell(
            lan.names["b"],
            "echo 1 > /proc/sys/net/ipv4/ip_forward; ip route add 203.0.113.0/24 via 192.0.2.1",
        )
        to_master, to_backup = Prober(lan, "a"), Prober(lan, "b")
        with master_and_backup(lan, tmp_path, f"{VIP}/24") as backup:
            lan.ip("s", "addr", "add", "192.0.2.9/24", "dev", "br0")
            for prober in (to_master, to_backup):
                prober.ask_arp(VIP)
                prober.ask_arp(VIP, VMAC)
                prober.send(ping_frame(VMAC, VIP))
                prober.send(ping_frame(VMAC, "203.0.113.1"))
            # It hears us: its own address is answered, after all that was sent before.
            to_backup.ask_arp("192.0.2.2")
            eventually(lambda: to_backup.arp_answers("192.0.2.2"), "the Backup answers for itself")
            eventually(lambda: to_master.arp_answers(VIP), "the Master answers")
            assert set() == to_backup.arp_answers(VIP)
            assert ["BACKUP"] == backup.states("V1")
            assert [] == to_backup.sent_from(VMAC)
            sent = [frame for _, frame in to_backup.pump() if frame[12:14] == b"\x08\0"]
            assert not [frame for frame in sent if frame[30:34] == IPv4Address("203.0.113.1").packed]
            assert not [frame for frame in sent if frame[26:30] == IPv4Address(VIP).packed]
        to_master.close()
        to_backup.close()


@repeat_when_stalled(150 * MS)
def test_ipv6_adverts_and_neighbour_discovery_use_the_virtual_mac(tmp_path: Path) -> None:
    """[TX-4] [TX-5] [AC-2] [BK-2]"""
    with Lan("vm") as lan:
        vips = f"fe80::100/64\n{VIP6}/64"
        to_master, to_backup = Prober(lan, "a"), Prober(lan, "b")
        with master_and_backup(lan, tmp_path, vips) as backup:
            eventually(lambda: holds(lan, "a", "vrrp.51", VIP6), "the address")
            eventually(lambda: to_master.advert_sources(), "an advert")
            assert {VMAC6} == to_master.advert_sources()
            lan.ip("s", "addr", "add", "2001:db8::9/64", "dev", "br0", "nodad")
            ping = ["ip", "netns", "exec", lan.names["s"], "ping", "-c1", "-W3", VIP6]
            subprocess.run(ping, check=True, capture_output=True)
            neighbours = lan.ip("s", "neigh", "show", VIP6)
            assert VMAC6.hex(":") in neighbours
            # The interface has only what is virtual, no address made of the virtual MAC (RFC 9568 7.4).
            shown = lan.ip("b", "-6", "-o", "addr", "show", "dev", "vrrp.51")
            assert "" == shown
            assert ["BACKUP"] == backup.states("V1")
            assert [] == to_backup.sent_from(VMAC6)
        to_master.close()
        to_backup.close()


@repeat_when_stalled(150 * MS)
def test_routers_with_and_without_a_macvlan_elect_one_master(tmp_path: Path) -> None:
    with Lan("vm") as lan:
        plain, stacked = plan("", priority=100), plan("use_vmac", priority=150)
        with running(lan, "b", plain, str(tmp_path / "b")) as b:
            b.until_state("V1", "MASTER")
            with running(lan, "a", stacked, str(tmp_path / "a")) as a:
                with_vmac_master(lan, a)
                b.until_state("V1", "BACKUP")
                eventually(lambda: lan.lacks("b", VIP), "one owner")
                stop(a)
            b.until_state("V1", "MASTER")
            with running(lan, "a", plan("use_vmac", priority=50), str(tmp_path / "a2")) as a:
                # Three times its patience with adverts that come from an ordinary MAC address.
                adverts = Prober(lan, "b")
                eventually(lambda: len(adverts.adverts()) >= 12, "adverts of the Master")
                assert ["BACKUP"] == a.states("V1")
                adverts.close()


def test_after_a_kill_the_next_process_takes_over_and_puts_everything_back(tmp_path: Path) -> None:
    with Lan("vm") as lan:
        lan.shell(lan.names["a"], "echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter")
        before = settings_of_host(lan, "a")
        journal = str(tmp_path / "journal")
        with running(lan, "a", plan(), log_in(tmp_path), journal=journal) as killed:
            with_vmac_master(lan, killed)
            index = lan.ip("a", "-o", "link", "show", "dev", "vrrp.51").partition(":")[0]
            killed.kill()
            killed.wait()
        assert {"vrrp.51"} == links(lan, "a")
        assert "" == tables(lan, "a")  # it went with its owner
        with running(lan, "a", plan(), log_in(tmp_path), journal=journal) as second:
            with_vmac_master(lan, second)
            assert index == lan.ip("a", "-o", "link", "show", "dev", "vrrp.51").partition(":")[0]
            second.kill()
            second.wait()
        # The third one is configured without a macvlan.
        with running(lan, "a", plan(""), log_in(tmp_path), journal=journal) as third:
            third.until_state("V1", "MASTER")
            assert set() == links(lan, "a")
            assert before == settings_of_host(lan, "a")
            stop(third)
        assert before == settings_of_host(lan, "a")


def test_what_was_left_without_a_journal_is_recognised_too(tmp_path: Path) -> None:
    with Lan("vm") as lan:
        # As keepalived leaves it: other name, same place.
        lan.ip(
            "a",
            "link",
            "add",
            "old.51",
            "link",
            "eth0",
            "address",
            VMAC.hex(":"),
            "type",
            "macvlan",
            "mode",
            "private",
        )
        lan.ip("a", "addr", "add", f"{VIP}/24", "dev", "old.51")
        with running(lan, "a", plan(), log_in(tmp_path)) as process:
            with_vmac_master(lan, process)
            assert {"vrrp.51"} == links(lan, "a")
            stop(process)
        assert set() == links(lan, "a")


def test_an_interface_of_somebody_else_is_never_touched(tmp_path: Path) -> None:
    with Lan("vm") as lan:
        lan.ip("a", "link", "add", "vrrp.51", "link", "eth0", "type", "macvlan", "mode", "bridge")
        mac = lan.ip("a", "-o", "link", "show", "dev", "vrrp.51")
        with running(lan, "a", plan(), log_in(tmp_path)) as process:
            process.until_state("V1", "FAULT")
            assert "interface vrrp.51 exists and is not ours" in process.log()
            assert mac == lan.ip("a", "-o", "link", "show", "dev", "vrrp.51")
            lan.ip("a", "link", "del", "vrrp.51")
            with_vmac_master(lan, process)
            lan.ip("a", "link", "add", "other", "link", "eth0", "type", "macvlan", "mode", "bridge")
            stop(process)
        assert {"other"} == links(lan, "a")


@repeat_when_stalled(150 * MS)
def test_a_macvlan_that_somebody_deletes_is_made_again(tmp_path: Path) -> None:
    with Lan("vm") as lan, running(lan, "a", plan(), log_in(tmp_path)) as process:
        with_vmac_master(lan, process)
        for _ in range(2):
            lan.ip("a", "link", "del", "vrrp.51")
            eventually(lambda: process.states("V1")[-1] in ("FAULT", "BACKUP"), "the fault is noticed")
            with_vmac_master(lan, process)
        lan.ip("a", "link", "set", "vrrp.51", "down", "address", "02:00:00:00:00:77", "up")
        eventually(lambda: VMAC.hex(":") in lan.ip("a", "link", "show"), "its MAC address")
        with_vmac_master(lan, process)
        # With the interface below it goes, and with it it comes.
        before = settings_of_host(lan, "a")
        lan.ip("a", "link", "del", "eth0")
        process.until_state("V1", "FAULT")
        netns.ip_batch(
            [
                f"link add pa type veth peer name eth0 netns {lan.names['a']}",
                "link set pa master br0 up",
            ],
            lan.names["s"],
        )
        netns.ip_batch(["addr add 192.0.2.1/24 dev eth0", "link set eth0 mtu 1400 up"], lan.names["a"])
        with_vmac_master(lan, process)
        assert before["/proc/sys/net/ipv4/conf/eth0/arp_ignore"] == "1\n"
        eventually(
            lambda: settings_of_host(lan, "a")["/proc/sys/net/ipv4/conf/eth0/arp_ignore"] == "1\n",
            "the new parent is set up like the old one",
        )
        assert "mtu 1400" in lan.ip("a", "link", "show", "dev", "vrrp.51")
        lan.ip("a", "link", "set", "eth0", "mtu", "1500")
        eventually(lambda: "mtu 1500" in lan.ip("a", "link", "show", "dev", "vrrp.51"), "the MTU follows")
        stop(process)
        assert settings_of_host(lan, "a")["/proc/sys/net/ipv4/conf/eth0/arp_ignore"] == "0\n"


def test_a_reload_makes_and_removes_the_macvlan_of_a_running_master(tmp_path: Path) -> None:
    with Lan("vm") as lan, running(lan, "a", plan(""), log_in(tmp_path)) as process:
        before = settings_of_host(lan, "a")
        process.until_state("V1", "MASTER")
        eventually(lambda: holds(lan, "a", "eth0", VIP), "the address on the interface")
        process.channel.send(Reload(1, plan()))
        eventually(lambda: any(isinstance(one, ReloadDone) for one in process.pump()), "the reload")
        with_vmac_master(lan, process)
        assert not holds(lan, "a", "eth0", VIP)
        process.channel.send(Reload(2, plan("")))
        eventually(lambda: holds(lan, "a", "eth0", VIP), "the address back on the interface")
        assert set() == links(lan, "a")
        assert before == settings_of_host(lan, "a")
        assert "" == tables(lan, "a")
        stop(process)


@repeat_when_stalled(150 * MS)
def test_vmac_xmit_base_speaks_from_the_interface_and_answers_from_the_macvlan(tmp_path: Path) -> None:
    with Lan("vm") as lan:
        prober = Prober(lan, "a")
        with running(lan, "a", plan("use_vmac\nvmac_xmit_base"), log_in(tmp_path)) as process:
            with_vmac_master(lan, process)
            eventually(lambda: prober.advert_sources(), "an advert")
            assert VMAC not in prober.advert_sources()
            prober.ask_arp(VIP)
            eventually(lambda: prober.arp_answers(VIP), "an answer")
            assert {VMAC} == prober.arp_answers(VIP)
            stop(process)
        prober.close()


def test_an_address_that_the_router_must_not_accept_is_not_reached(tmp_path: Path) -> None:
    """[AC-5] [AC-6]"""
    with Lan("vm") as lan:
        lan.ip("s", "addr", "add", "192.0.2.9/24", "dev", "br0")
        lan.ip("s", "addr", "add", "2001:db8::9/64", "dev", "br0", "nodad")
        six = f"""
        vrrp_instance V6 {{
            interface eth0
            virtual_router_id 51
            advert_int 0.1
            no_accept
            use_vmac
            virtual_ipaddress {{
                fe80::100/64
                {VIP6}/64
            }}
        }}
        """
        both = plan("use_vmac\nno_accept", before=six)
        four_link, six_link = (router.links[0].name for router in reversed(both.routers))
        with running(lan, "a", both, log_in(tmp_path)) as process:
            process.until_state("V1", "MASTER")
            process.until_state("V6", "MASTER")
            eventually(lambda: holds(lan, "a", four_link, VIP), "the address")
            eventually(lambda: holds(lan, "a", six_link, VIP6), "the IPv6 address")
            for address, family in ((VIP, socket.AF_INET), (VIP6, socket.AF_INET6)):
                assert not _answers(lan, address, family)
            # Who it is can still be asked.
            assert VMAC.hex(":") in lan.ip("s", "neigh", "show", VIP)
            assert VMAC6.hex(":") in lan.ip("s", "neigh", "show", VIP6)
            # The host itself is reached.
            assert _answers(lan, "192.0.2.1", socket.AF_INET)
            process.channel.send(Reload(1, plan(before=six)))
            eventually(lambda: _answers(lan, VIP, socket.AF_INET), "accepted after the reload")
            assert not _answers(lan, VIP6, socket.AF_INET6)
            stop(process)


def _answers(lan: Lan, address: str, family: int) -> bool:
    """Whether a connection to a closed port of it is refused, rather than never answered."""
    with netns.inside(lan.names["s"]):
        client = socket.socket(family, socket.SOCK_STREAM)
    with client:
        client.settimeout(0.5)
        try:
            client.connect((address, 9))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


def test_many_macvlans_are_made_at_once_and_go_at_once(tmp_path: Path) -> None:
    numbers = range(1, 101)
    with Lan("vm") as lan:
        text = "".join(
            f"vrrp_instance V{number} {{ interface eth0\nuse_vmac\nvirtual_router_id {number}\npriority 255\n"
            f"virtual_ipaddress {{ 198.51.100.{number}/32 }}\n}}\n".replace("{ ", "{\n").replace(" }", "\n}")
            for number in numbers
        )
        with running(lan, "a", plan_vrrp(load_text(text).config), log_in(tmp_path)) as process:
            eventually(
                lambda: all(
                    holds(lan, "a", f"vrrp.{number}", f"198.51.100.{number}") for number in numbers[-3:]
                ),
                "all addresses",
            )
            assert {f"vrrp.{number}" for number in numbers} == links(lan, "a")
            assert "fault" not in process.log()
            stop(process)
        assert set() == links(lan, "a")


def test_disable_local_igmp_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    with Lan("vm") as lan:
        name = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"
        quiet = plan(before="global_defs {\ndisable_local_igmp\n}")
        with running(lan, "a", quiet, log_in(tmp_path)) as process:
            process.until_state("V1", "MASTER")
            assert "0\n" == settings_of_host(lan, "a")[name]
            stop(process)
        assert "1\n" == settings_of_host(lan, "a")[name]
