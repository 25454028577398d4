"""``pykeepalived sniff``: packets as text, contradictions between senders, files, and firewalls."""

from __future__ import annotations

import json
import struct
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli import sniff
from pykeepalived.cli.sniff_firewall import Chain, Dropped, chains_of, dropped
from pykeepalived.cli.sniff_pace import LinePace
from pykeepalived.cli.sniff_packets import Frame, Heard, decode
from pykeepalived.cli.sniff_rules import culprits
from pykeepalived.cli.sniff_summary import Summary, findings, free_vrids
from pykeepalived.cli.sniff_text import line, packet_json, report
from pykeepalived.wire.ah import encode_ah_packet
from pykeepalived.wire.ip import PROTOCOL_VRRP, Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import AuthenticationType, ChecksumForm, encode_v2, encode_v3
from pykeepalived.wire.vrrp_receive import DiscardReason

SECOND = 1_000_000_000
GROUP = IPv4Address("224.0.0.18")
VIP = IPv4Address("192.0.2.100")


def packet(
    message: bytes, source: str = "192.0.2.1", destination: IPv4Address = GROUP, ttl: int = 255
) -> bytes:
    header = Ipv4Header(IPv4Address(source), destination, PROTOCOL_VRRP, ttl, 20 + len(message))
    return encode_ipv4(header) + message


def v3(
    source: str = "192.0.2.1",
    *,
    vrid: int = 51,
    priority: int = 100,
    vips: tuple[str, ...] = ("192.0.2.100",),
    interval_s: float = 1,
    form: ChecksumForm = ChecksumForm.PSEUDO_HEADER,
    ttl: int = 255,
) -> bytes:
    message = encode_v3(
        vrid=vrid,
        priority=priority,
        interval_ns=int(interval_s * SECOND),
        addresses=[IPv4Address(vip) for vip in vips],
        source=IPv4Address(source),
        destination=GROUP,
        form=form,
    )
    return packet(message, source, ttl=ttl)


def v2(source: str = "192.0.2.1", *, password: bytes = b"", priority: int = 100) -> bytes:
    kind = AuthenticationType.PASS if password else AuthenticationType.NONE
    message = encode_v2(
        vrid=51,
        priority=priority,
        interval_ns=SECOND,
        addresses=[VIP],
        authentication=kind,
        password=password,
    )
    return packet(message, source)


def heard(data: bytes, at_s: float = 0, **frame: Any) -> Heard:
    found = decode(data, Frame(int(at_s * SECOND), "eth0", **frame))
    assert found is not None
    return found


def summary(*packets: bytes | tuple[bytes, float]) -> Summary:
    """Packets a tenth of a second apart, or at their time."""
    made = Summary()
    for number, one in enumerate(packets):
        data, at = one if isinstance(one, tuple) else (one, number / 10)
        made.add(heard(data, at))
    return made


def said(*packets: bytes | tuple[bytes, float]) -> str:
    return "\n".join(findings(summary(*packets)))


def test_a_version_3_advert_in_a_line() -> None:
    text = line(heard(v3()))

    assert text.endswith(
        "eth0 192.0.2.1 > 224.0.0.18 v3 vrid 51 prio 100 every 1s [192.0.2.100] sum pseudo-header"
    )


def test_both_forms_of_the_checksum_are_told_apart() -> None:
    assert ChecksumForm.MESSAGE is heard(v3(form=ChecksumForm.MESSAGE)).form
    assert ChecksumForm.PSEUDO_HEADER is heard(v3()).form


def test_an_ipv6_advert() -> None:
    source, group = IPv6Address("fe80::1"), IPv6Address("ff02::12")
    message = encode_v3(
        vrid=7,
        priority=255,
        interval_ns=SECOND,
        addresses=[IPv6Address("fe80::7")],
        source=source,
        destination=group,
    )
    data = (
        struct.pack("!IHBB", 6 << 28, len(message), PROTOCOL_VRRP, 255)
        + source.packed
        + group.packed
        + message
    )

    text = line(heard(data))
    assert text.endswith(
        "fe80::1 > ff02::12 v3 vrid 7 prio 255 (address owner) every 1s [fe80::7] sum pseudo-header"
    )


def test_authentication_is_named_and_never_shown() -> None:
    text = line(heard(v2(password=b"secret12")))

    assert "auth PASS" in text
    assert "secret" not in text
    assert "secret" not in json.dumps(packet_json(heard(v2(password=b"secret12"))))


def test_an_authentication_header_needs_no_key_to_be_read() -> None:
    message = encode_v2(
        vrid=5, priority=90, interval_ns=SECOND, addresses=[VIP], authentication=AuthenticationType.AH
    )
    source = IPv4Address("192.0.2.1")
    data = encode_ah_packet(
        source=source, destination=GROUP, identification=1, sequence=7, key=b"k", message=message
    )

    one = heard(data)
    assert ("AH", 5, 90, None) == (one.authentication, one.vrid, one.priority, one.problem)


@pytest.mark.parametrize(
    ("data", "reason", "text"),
    [
        (v3(ttl=64), DiscardReason.HOP_LIMIT, "TTL or hop limit 64, must be 255"),
        (v3()[:-1] + b"\xff", DiscardReason.CHECKSUM, "invalid checksum"),
        (packet(b"\x51" + v3()[21:]), DiscardReason.VERSION, "VRRP version 5"),
        (packet(b"\x32" + v3()[21:]), DiscardReason.TYPE, "packet type 2"),
        (packet(v3()[20:30]), DiscardReason.INCOMPLETE, "its address count needs"),
        (packet(b"\x31\x05"), DiscardReason.TOO_SHORT, "are no VRRP message"),
    ],
)
def test_what_no_router_accepts_has_the_daemons_reason(data: bytes, reason: DiscardReason, text: str) -> None:
    one = heard(data)

    assert one.problem is not None
    assert reason is one.problem.reason
    assert text in line(one)


def test_other_protocols_and_scraps_are_nobodys() -> None:
    frame = Frame(0, "eth0")
    udp = bytearray(v3())
    udp[9] = 17
    for data in (b"", b"\x45", bytes(udp), b"\x60" + bytes(39)):
        assert decode(data, frame) is None


def test_no_bytes_raise() -> None:
    import random

    chance = random.Random(4)
    whole = v3()
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        one = decode(bytes(data[: chance.randint(0, len(data))]), Frame(0, "eth0"))
        if one is not None:
            line(one)
            Summary().add(one)


# ---------------------------------------------------------------- contradictions


def test_one_master_is_no_problem() -> None:
    assert "" == said(v3(), v3(), v3())


def test_a_takeover_and_the_way_back_are_no_problem() -> None:
    times = [(v3(), 0), (v3(), 1), (v3("192.0.2.2", priority=90), 5), (v3("192.0.2.2", priority=90), 6)]
    times += [(v3(), 6.5), (v3(), 7.5), (v3("192.0.2.2", priority=90), 12), (v3(), 12.6 + 3)]

    assert "" == said(*times)


def test_two_masters_at_once() -> None:
    text = said(*[v3(), v3("192.0.2.2", priority=90)] * 4)

    assert (
        "eth0 IPv4 VRID 51: several Masters at once: 192.0.2.1 (priority 100), 192.0.2.2 (priority 90); they "
        "do not hear or do not accept each other (firewall, password, version, VLAN)"
    ) == text


def test_two_clusters_with_one_vrid() -> None:
    text = said(*[v3(), v3("192.0.2.7", vips=("203.0.113.1",))] * 4)

    assert "two clusters share this VRID" in text
    assert "192.0.2.7: 203.0.113.1" in text
    assert "several Masters" not in text


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (v3(), v3("192.0.2.2", vips=("192.0.2.100", "192.0.2.101")), "the address lists differ"),
        (v3(), v3("192.0.2.2", interval_s=0.5), "advert intervals differ: 0.5 s, 1 s"),
        (v3(), v2("192.0.2.2"), "VRRP versions differ: 2, 3"),
        (v2(), v2("192.0.2.2", password=b"x"), "kinds of authentication differ: PASS, none"),
        (v2(password=b"y"), v2("192.0.2.2", password=b"x"), "passwords (auth_pass) differ between 192.0.2.1"),
        (v3(), v3("192.0.2.2", form=ChecksumForm.MESSAGE), "checksums are made in different ways"),
    ],
)
def test_senders_of_one_vrid_must_agree(one: bytes, other: bytes, expected: str) -> None:
    assert expected in said(one, other)


def test_discarded_packets_are_counted_by_sender_and_reason() -> None:
    text = said(v3(ttl=64), v3(ttl=64), v3())

    assert "eth0 IPv4 VRID 51: 2 packets of 192.0.2.1 discarded: TTL or hop limit 64, must be 255" == text


def test_a_flood_of_senders_does_not_fill_the_memory() -> None:
    made = Summary()
    for number in range(300):
        made.add(heard(v3(f"10.0.{number // 250}.{number % 250 + 1}")))

    (router,) = made.routers.values()
    assert (64, 236) == (len(router.senders), router.unlisted)


def test_the_sender_that_is_this_host_is_marked() -> None:
    made = Summary()
    made.add(heard(v3(), outgoing=True))

    assert "192.0.2.1, this host: priority 100" in report(made, [])


def test_free_vrids_leave_out_what_was_heard() -> None:
    made = summary(v3(vrid=1), v3(vrid=51), v3(vrid=255))

    assert [(2, 50), (52, 254)] == free_vrids(made, "eth0")
    assert "Free VRIDs on eth0: 2-50, 52-254" in report(made, [])


def test_the_report_names_owner_virtual_mac_and_addresses() -> None:
    text = report(summary(v3("192.0.2.2", priority=0), v3("192.0.2.1")), [])

    assert "VRID 51 on eth0, IPv4, virtual MAC address 00:00:5e:00:01:33" in text
    assert "  * 192.0.2.1: priority 100, version 3, every 1 s, checksum pseudo-header, 1 packet" in text
    assert "    192.0.2.2: gave up" in text
    assert "owns 192.0.2.100" in text
    assert "Nothing wrong was seen." in text


# ---------------------------------------------------------------- files


def ethernet(data: bytes) -> bytes:
    return bytes.fromhex("01005e000012 00005e000133 0800") + data


def pcap(path: Path, linktype: int, *frames: bytes) -> Path:
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, linktype)]
    parts += [struct.pack("<IIII", at, 0, len(one), len(one)) + one for at, one in enumerate(frames, 1)]
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize(
    ("linktype", "frame"),
    [(1, ethernet(v3())), (101, v3()), (113, b"\0\0\0\1\0\6" + bytes(8) + b"\x08\0" + v3())],
)
def test_files_of_every_link_layer_are_read_and_written(
    linktype: int, frame: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = pcap(tmp_path / "a.pcap", linktype, frame, frame)
    copy = tmp_path / "copy.pcap"

    assert 0 == sniff.run(["-r", str(file), "-w", str(copy)])
    assert 2 == capsys.readouterr().out.count("v3 vrid 51 prio 100")
    assert 0 == sniff.run(["-r", str(copy), "--json"])
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert ["192.0.2.1", "192.0.2.1"] == [one["source"] for one in lines[:2]]
    assert [1.0, 2.0] == [one["at"] for one in lines[:2]]
    assert "192.0.2.1" == lines[2]["summary"]["virtual_routers"][0]["owner"]


def test_a_pcapng_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack("<II", kind, size) + body + struct.pack("<I", size)

    frame = ethernet(v3())
    file = tmp_path / "a.pcapng"
    file.write_bytes(
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        + block(1, struct.pack("<HHI", 1, 0, 65535))
        + block(6, struct.pack("<IIIII", 0, 0, 1_000_000, len(frame), len(frame)) + frame)
    )

    assert 0 == sniff.run(["-r", str(file), "--json"])
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (1.0, 51, "192.0.2.1") == (first["at"], first["vrid"], first["source"])


def test_a_count_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = pcap(tmp_path / "a.pcap", 1, *[ethernet(v3())] * 5)

    assert 0 == sniff.run(["-r", str(file), "--count", "2", "-q"])
    assert "2 packets, 1 virtual router heard" in capsys.readouterr().out


def test_a_problem_is_an_exit_status(tmp_path: Path) -> None:
    assert 1 == sniff.run(["-r", str(pcap(tmp_path / "a.pcap", 1, ethernet(v3(ttl=1)))), "-q"])


def test_a_file_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("nothing of the kind, but long enough to be looked at")

    assert 2 == sniff.run(["-r", str(tmp_path / "x")])
    assert f"{tmp_path / 'x'} is no pcap or pcapng file" in capsys.readouterr().err
    assert 2 == sniff.run(["-r", str(tmp_path / "y")])


@pytest.mark.root
def test_an_interface_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == sniff.run(["-i", "no-such-if", "-d", "1"])
    assert "no-such-if: No such device; interfaces here: lo" in capsys.readouterr().err


# ---------------------------------------------------------------- firewalls


def status(
    adverts: int, source: str = "192.0.2.1", discards: int = 0, state: str = "MASTER"
) -> dict[str, Any]:
    peers = [{"source": source, "adverts": adverts, "discards": {"checksum": discards}}]
    instance = {
        "name": "VI_1", "interface": "eth0", "needs_interfaces": ["eth0"], "vrid": 51, "family": 4,
        "source": "192.0.2.2", "state": state, "peers": peers,
    }  # fmt: skip
    return {"instances": [instance]}


def test_who_arrives_and_is_not_counted_is_dropped_in_between() -> None:
    made = summary(v3(), v3(), v3("192.0.2.2"))

    (found,) = dropped(made, "eth0", status(7), status(7))
    assert Dropped("VI_1", "eth0", "192.0.2.1", 4, 2) == found
    assert "firewall drops protocol 112" in found.sentence()
    assert [] == list(dropped(made, "eth0", status(7), status(8)))
    assert [] == list(dropped(made, "eth0", status(7), status(7, discards=1)))
    assert [] == list(dropped(made, "eth1", status(7), status(7)))
    assert [] == list(dropped(made, "eth0", status(7), status(7, state="FAULT")))


def test_what_we_sent_ourselves_cannot_be_dropped() -> None:
    made = Summary()
    for _ in range(3):
        made.add(heard(v3(), outgoing=True))

    assert [] == list(dropped(made, "eth0", status(7), status(7)))


def test_the_command_fits_the_firewall_that_is_there() -> None:
    one = Dropped("VI_1", "eth0", "192.0.2.1", 4, 2)
    match = "iifname eth0 ip saddr 192.0.2.1 meta l4proto 112 accept"

    assert [f"nft insert rule inet fw in {match}"] == one.remedies([Chain("inet", "fw", "in", True)])
    assert [f"nft insert rule ip fw in {match}"] == one.remedies(
        [Chain("ip", "fw", "in", True), Chain("ip6", "fw", "in", True)]
    )
    iptables = ["iptables -I INPUT -i eth0 -s 192.0.2.1 -p 112 -j ACCEPT"]
    assert iptables == one.remedies([Chain("ip", "filter", "INPUT", False)])
    assert iptables == one.remedies([])


def test_for_ipv6_and_ah_the_words_are_others() -> None:
    assert ["ip6tables -I INPUT -i eth0 -s fe80::1 -p 112 -j ACCEPT"] == Dropped(
        "VI_1", "eth0", "fe80::1", 6, 2
    ).remedies([])
    ah = Dropped("VI_1", "eth0", "192.0.2.1", 4, 2, "ah")
    assert "protocol 51 (ah)" in ah.sentence()
    assert "-p 51 " in ah.remedies([])[0]


def test_only_base_chains_on_the_way_in_count_and_ours_does_not() -> None:
    def chain(table: str, hook: str | None, policy: str = "accept") -> dict[str, Any]:
        body = {"family": "inet", "table": table, "name": "c", "type": "filter", "policy": policy}
        return {"chain": body if hook is None else {**body, "hook": hook}}

    listed = [
        {"metainfo": {}}, chain("a", "input"), chain("b", "input", "drop"), chain("c", "output"),
        chain("d", None), chain("keepalived", "input"),
    ]  # fmt: skip
    assert ["b", "a"] == [one.table for one in chains_of(listed)]


def test_a_flood_of_forged_senders_does_not_hide_the_master() -> None:
    forged = [v3(f"198.51.100.{number}", ttl=64) for number in range(1, 101)]

    found = summary(*forged, v3("192.0.2.1"), *forged)

    (router,) = found.routers.values()
    assert router.owner is not None
    assert IPv4Address("192.0.2.1") == router.owner.source
    assert 64 == len(router.senders)
    assert 201 == router.unlisted + sum(sender.packets for sender in router.senders.values())


def test_virtual_routers_and_scraps_beyond_what_is_remembered_are_counted() -> None:
    scraps = [packet(b"\x31", f"198.51.100.{number}") for number in range(1, 101)]
    found = summary(*scraps)
    for tag in range(2000):
        found.add(heard(v3(), vlan=tag))

    assert 1024 == len(found.routers)
    assert 64 == len(found.unreadable)
    assert 2000 - 1024 + 36 == found.unlisted
    found.missed = 7
    said = list(findings(found))
    assert "1012 packets of yet more sources and virtual routers not listed" in said
    assert "7 packets came faster than they could be read and were not looked at" in said


def test_of_a_flood_a_hundred_lines_a_second_are_shown_and_the_others_counted() -> None:
    pace = LinePace()

    shown = [pace.admits(SECOND + at * 100_000) for at in range(10_000)]  # of one second
    assert 100 == sum(shown)
    assert pace.admits(2 * SECOND)
    assert 9_900 == pace.taken()
    assert 0 == pace.taken()


def rule(*expressions: dict[str, Any], chain: str = "input", family: str = "inet") -> dict[str, Any]:
    return {
        "rule": {"family": family, "table": "filter", "chain": chain, "handle": 7, "expr": list(expressions)}
    }


def base_chain(name: str, hook: str | None, policy: str = "accept", family: str = "inet") -> dict[str, Any]:
    told: dict[str, Any] = {"family": family, "table": "filter", "name": name}
    return {"chain": told | ({"hook": hook, "type": "filter", "policy": policy} if hook else {})}


def protocol(right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"meta": {"key": "l4proto"}}, "right": right}}


DROP: dict[str, Any] = {"drop": None}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([base_chain("input", "input"), rule(protocol(112), DROP)], [7]),
        ([base_chain("input", "input"), rule(protocol("vrrp"), {"counter": {}}, DROP)], [7]),
        ([base_chain("input", "input"), rule(protocol({"set": [50, 112]}), {"reject": {}})], [7]),
        ([base_chain("input", "input"), rule(protocol({"set": ["tcp", 112]}, "!="), DROP)], []),
        ([base_chain("input", "input"), rule(protocol(6, "!="), DROP)], [7]),
        ([base_chain("input", "input"), rule(protocol(112), {"accept": None})], []),
        ([base_chain("input", "input"), rule(protocol(89), DROP)], []),
        ([base_chain("out", "output"), rule(protocol(112), DROP, chain="out")], []),
        ([base_chain("input", "input", family="ip6"), rule(protocol(112), DROP, family="ip6")], []),
        ([base_chain("input", "input", "drop")], [None]),
        (
            [
                base_chain("input", "input"),
                base_chain("further", None),
                base_chain("unused", None),
                rule({"jump": {"target": "further"}}),
                rule(protocol(112), DROP, chain="further"),
                rule(protocol(112), DROP, chain="unused"),
            ],
            [7],
        ),
    ],
)
def test_the_rule_that_drops_is_named_when_it_says_so_itself(
    listed: list[dict[str, Any]], expected: list[int | None]
) -> None:
    assert expected == [one.handle for one in culprits(listed, 4, 112)]
