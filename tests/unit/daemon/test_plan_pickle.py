"""Plans come back from their bytes as they were, to the last field that no comparison looks at."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Address, IPv4Interface, IPv6Address
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.daemon.plan_pickle import dumps, loads
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.plan.static import StaticAddress
from pykeepalived.vrrp.settings import VirtualAddress

EXAMPLES = sorted((Path(__file__).parents[3] / "conf.examples").rglob("*.conf"))


@dataclasses.dataclass(frozen=True, slots=True)
class Small:
    number: int
    where: str = dataclasses.field(compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    a: Small
    b: Small
    c: Small
    d: Small


def every_field(value: Any) -> Any:
    """A value with all fields of all dataclasses in it, compared or not."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return type(value), {name: every_field(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return type(value), [every_field(one) for one in value]
    if isinstance(value, dict):
        return {key: every_field(one) for key, one in value.items()}
    return value


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example(file: Path) -> None:
    configured = configure(DaemonSettings(config_file=str(file)), FileLoader(), None)
    plans = dataclasses.replace(configured, config=None)
    assert every_field(plans) == every_field(loads(dumps(plans)))


ADDRESSES = (
    IPv4Address("192.0.2.1"),
    IPv4Interface("192.0.2.1/24"),
    IPv6Address("2001:db8::1"),
    IPv6Address("fe80::1%eth0"),
)


@pytest.mark.parametrize("value", ADDRESSES, ids=str)
def test_addresses(value: object) -> None:
    back = loads(dumps(value))
    assert (type(value), str(value)) == (type(back), str(back))


def test_what_comparing_passes_over_is_there() -> None:
    address = StaticAddress(VirtualAddress(IPv4Address("192.0.2.1"), 24, "eth0"), None, "k.conf:12")
    assert "k.conf:12" == loads(dumps(address)).where


def test_equal_small_values_are_one_object_and_others_stay_apart() -> None:
    pair = Pair(Small(1, "k.conf:1"), Small(1, "k.conf:1"), Small(1, "k.conf:2"), Small(True, "k.conf:1"))
    back = loads(dumps(pair))
    assert back.a is back.b
    assert "k.conf:2" == back.c.where
    assert back.d.number is True


def test_a_field_of_another_version_of_a_class_is_an_error_and_no_guess() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Before:
        one: int

    from pykeepalived.daemon.plan_pickle import rebuilt

    with pytest.raises(ValueError, match="zip"):
        rebuilt(Before, 1, 2)
