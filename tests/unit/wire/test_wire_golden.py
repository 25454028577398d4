"""Golden packets: ``name.hex`` was on the wire, ``name.json`` is what it means, ``name.why`` how we know.

Ids of the requirements a packet proves stand in its ``.why``.  A new case is three new files.
"""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.base.units import seconds_to_ns
from pykeepalived.wire.ah import encode_ah_packet
from pykeepalived.wire.arp import gratuitous_arp
from pykeepalived.wire.ip import PROTOCOL_VRRP, Ipv4Header, decode_ipv4, encode_ipv4
from pykeepalived.wire.ndisc import unsolicited_na_frame
from pykeepalived.wire.vrrp import (
    Advertisement,
    AdvertisementEncoder,
    AuthenticationType,
    ChecksumForm,
)
from pykeepalived.wire.vrrp_receive import Discard, ReceivePolicy, Receiver

FOLDER = Path(__file__).parents[2] / "golden" / "wire"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))
IPV6_HEADER = 40


def load(name: str) -> tuple[bytes, dict[str, Any]]:
    data = bytes.fromhex("".join((FOLDER / f"{name}.hex").read_text().split()))
    return data, json.loads((FOLDER / f"{name}.json").read_text())


def policy(spec: dict[str, Any]) -> ReceivePolicy:
    return ReceivePolicy(
        vrid=spec["vrid"],
        version=spec["version"],
        address_bytes=b"".join(ip_address(text).packed for text in spec["addresses"]),
        authentication=AuthenticationType[spec.get("authentication", "NONE")],
        password=spec.get("password", "").encode(),
        multicast=spec.get("multicast", True),
        peers={ip_address(text).packed: (0, 255) for text in spec.get("peers", ())},
        only_peers=spec.get("only_peers", False),
    )


def receive(data: bytes, spec: dict[str, Any]) -> Advertisement | Discard:
    family = 6 if data[0] >> 4 == 6 else 4
    rules = policy(spec["policy"])
    own = frozenset(ip_address(text).packed for text in spec.get("own", ()))
    receiver = Receiver(family, {rules.vrid: rules}, own)
    if family == 6:
        return receiver.receive_ipv6(data[IPV6_HEADER:], data[8:24], data[24:40], data[7])
    return receiver.receive_ipv4(data)


def meaning(verdict: Advertisement | Discard) -> dict[str, Any]:
    if isinstance(verdict, Discard):
        return {"discard": verdict.reason.label, "detail": verdict.detail}
    return {
        "version": verdict.version,
        "vrid": verdict.vrid,
        "priority": verdict.priority,
        "interval_s": verdict.interval_ns / 1e9,
        "source": str(verdict.source),
        "addresses": [str(address) for address in verdict.addresses],
        "addresses_match": verdict.addresses_match,
        "checksum_form": verdict.checksum_form.value,
    }


def test_every_case_says_why_it_is_right() -> None:
    assert CASES
    assert [] == [name for name in CASES if len((FOLDER / f"{name}.why").read_text()) < 20]


@pytest.mark.parametrize("name", [name for name in CASES if "policy" in load(name)[1]])
def test_the_ladder_judges_as_recorded(name: str) -> None:
    data, spec = load(name)
    found = meaning(receive(data, spec))
    if "advertisement" in spec:
        assert spec["advertisement"] == found
    else:
        assert spec["discard"] == found["discard"]
        assert spec.get("detail", found["detail"]) == found["detail"]


@pytest.mark.parametrize("name", [name for name in CASES if load(name)[1].get("encode")])
def test_the_encoder_makes_the_same_bytes(name: str) -> None:
    data, spec = load(name)
    recorded, rules = spec["advertisement"], policy(spec["policy"])
    ipv6 = data[0] >> 4 == 6
    source = IPv6Address(data[8:24]) if ipv6 else IPv4Address(data[12:16])
    destination = IPv6Address(data[24:40]) if ipv6 else IPv4Address(data[16:20])
    message = AdvertisementEncoder(
        version=recorded["version"],
        vrid=recorded["vrid"],
        interval_ns=seconds_to_ns(recorded["interval_s"]),
        addresses=[ip_address(text) for text in recorded["addresses"]],
        source=source,
        destination=destination,
        form=ChecksumForm(recorded["checksum_form"]),
        authentication=rules.authentication,
        password=rules.password,
    ).encode(recorded["priority"])
    if ipv6:
        assert data[IPV6_HEADER:] == message
        return
    header = decode_ipv4(data, verify_checksum=True)
    assert header is not None
    ours = Ipv4Header(
        IPv4Address(source.packed),
        IPv4Address(destination.packed),
        PROTOCOL_VRRP,
        255,
        20 + len(message),
        identification=header.identification,
    )
    assert data == encode_ipv4(ours) + message


@pytest.mark.parametrize("name", [name for name in CASES if "encode_ah" in load(name)[1]])
def test_the_authentication_header_is_the_same_bytes(name: str) -> None:
    data, spec = load(name)
    rules = policy(spec["policy"])
    signed = encode_ah_packet(
        source=IPv4Address(data[12:16]),
        destination=IPv4Address(data[16:20]),
        key=rules.password,
        message=data[44:],
        **spec["encode_ah"],
    )
    assert data == signed


def test_gratuitous_arp_is_the_frame_that_keepalived_sends() -> None:
    """[AR-1]"""
    data, spec = load("gratuitous-arp")
    wanted = spec["arp"]
    assert data == gratuitous_arp(IPv4Address(wanted["address"]), bytes.fromhex(wanted["mac"]))


def test_unsolicited_na_is_the_frame_that_keepalived_sends() -> None:
    """[AR-3]"""
    data, spec = load("unsolicited-na")
    wanted = spec["na"]
    frame = unsolicited_na_frame(
        IPv6Address(wanted["address"]), bytes.fromhex(wanted["mac"]), router=wanted["router"]
    )
    assert data == frame
