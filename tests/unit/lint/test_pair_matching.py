"""Which instances of several routers are counterparts, and what their weights come to."""

from __future__ import annotations

import pytest

from pykeepalived.lint.rules._tracking import good_priority, priority_without, tracked
from pykeepalived.lint.rules.pair._matching import virtual_routers
from tests.support.lint import subject_of


def _instance(name: str, vrid: int, *addresses: str, more: str = "", interface: str = "eth0") -> str:
    lines = "\n".join(addresses)
    return (
        f"vrrp_instance {name} {{\ninterface {interface}\nvirtual_router_id {vrid}\n{more}\n"
        f"virtual_ipaddress {{\n{lines}\n}}\n}}\n"
    )


def _matched(*routers: str) -> list[list[str]]:
    """Names of the instances of each virtual router, as ``file:name``."""
    subjects = tuple(subject_of(text, file) for text, file in zip(routers, "abcd", strict=False))
    return [
        [f"{member.router}:{member.instance.name}" for member in router.members]
        for router in virtual_routers(subjects)
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_instance("WEB", 7, "192.0.2.1/24"), id="all the same"),
        pytest.param(_instance("VI_1", 7, "192.0.2.9/24"), id="same vrid"),
        pytest.param(_instance("VI_1", 9, "192.0.2.1/32"), id="same address"),
        pytest.param(_instance("WEB", 9, "192.0.2.9/24"), id="same name"),
        pytest.param(
            _instance("X", 9, "192.0.2.8/24", more="virtual_ipaddress_excluded {\n192.0.2.1\n}"),
            id="address that is not advertised",
        ),
    ],
)
def test_a_counterpart_shares_vrid_address_or_name(other: str) -> None:
    matched = _matched(_instance("WEB", 7, "192.0.2.1/24"), other)

    assert [len(members) for members in matched] == [2]


def test_nothing_in_common_is_no_counterpart() -> None:
    matched = _matched(_instance("WEB", 7, "192.0.2.1/24"), _instance("MAIL", 8, "192.0.2.2/24"))

    assert matched == [["a:WEB"], ["b:MAIL"]]


def test_the_same_vrid_of_the_other_family_is_no_counterpart() -> None:
    matched = _matched(_instance("WEB", 7, "192.0.2.1/24"), _instance("WEB", 7, "fe80::1/64"))

    assert matched == [["a:WEB"], ["b:WEB"]]


def test_vrid_and_address_outweigh_a_name() -> None:
    one = _instance("FIRST", 7, "192.0.2.1/24") + _instance("SECOND", 8, "192.0.2.2/24")
    swapped = _instance("FIRST", 8, "192.0.2.2/24") + _instance("SECOND", 7, "192.0.2.1/24")

    assert _matched(one, swapped) == [["a:FIRST", "b:SECOND"], ["a:SECOND", "b:FIRST"]]


def test_one_vrid_on_two_interfaces_is_told_apart_by_the_addresses() -> None:
    one = _instance("A", 7, "192.0.2.1/24") + _instance("B", 7, "10.0.0.1/24", interface="eth1")
    other = _instance("X", 7, "10.0.0.1/24", interface="eth1") + _instance("Y", 7, "192.0.2.1/24")

    assert _matched(one, other) == [["a:A", "b:Y"], ["a:B", "b:X"]]


def test_three_routers_come_together_through_any_of_them() -> None:
    matched = _matched(
        _instance("WEB", 7, "192.0.2.1/24"),
        _instance("VI_1", 8, "192.0.2.1/24"),
        _instance("X", 8, "192.0.2.9/24"),
    )

    assert matched == [["a:WEB", "b:VI_1", "c:X"]]


@pytest.mark.parametrize(
    ("weight", "good", "bad"),
    [
        pytest.param("-20", 100, 80, id="a negative weight is taken when it fails"),
        pytest.param("20", 120, 100, id="a positive weight is added while it is good"),
        pytest.param("200", 254, 100, id="at most 254"),
        pytest.param("-200", 100, 1, id="at least 1"),
        pytest.param("0", 100, 100, id="weight 0 is FAULT, not arithmetic"),
        pytest.param("20 reverse", 100, 100, id="reverse is left out"),
    ],
)
def test_priority_with_a_script(weight: str, good: int, bad: int) -> None:
    text = f'vrrp_script check {{\nscript "/bin/true"\nweight {weight}\n}}\n' + _instance(
        "WEB", 7, "192.0.2.1/24", more="priority 100\ntrack_script {\ncheck\n}"
    )
    config = subject_of(text).config
    instance = config.vrrp_instances[0]

    assert good == good_priority(config, instance)
    assert bad == priority_without(config, instance, tracked(config, instance))


def test_the_entry_outweighs_the_script() -> None:
    text = 'vrrp_script check {\nscript "/bin/true"\nweight 5\n}\n' + _instance(
        "WEB", 7, "192.0.2.1/24", more="track_script {\ncheck weight -7\n}"
    )
    config = subject_of(text).config

    assert [-7] == [item.weight for item in tracked(config, config.vrrp_instances[0])]


def test_an_owner_and_a_group_member_have_no_weights() -> None:
    script = 'vrrp_script check {\nscript "/bin/true"\nweight 5\n}\n'
    entry = "track_script {\ncheck\n}"
    owner = subject_of(script + _instance("WEB", 7, "192.0.2.1/24", more=f"priority 255\n{entry}")).config
    member = subject_of(
        script
        + _instance("WEB", 7, "192.0.2.1/24", more=entry)
        + _instance("MAIL", 8, "192.0.2.2/24")
        + "vrrp_sync_group G {\ngroup {\nWEB\nMAIL\n}\n}\n"
    ).config

    assert () == tracked(owner, owner.vrrp_instances[0])
    assert () == tracked(member, member.vrrp_instances[0])
