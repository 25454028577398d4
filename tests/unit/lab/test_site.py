import re

from pykeepalived.lab.site import card_address


def test_a_card_has_the_same_address_after_each_boot_and_no_other_card_has_it() -> None:
    ports = [f"{machine}.net{n}" for machine in ("a", "b", "rs1") for n in (1, 2)]
    addresses = [card_address(port) for port in ports]

    assert addresses == [card_address(port) for port in ports]
    assert len(set(addresses)) == len(ports)


def test_it_is_one_machines_own_and_locally_administered() -> None:
    assert re.fullmatch(r"02(:[0-9a-f]{2}){5}", card_address("a.net1"))
