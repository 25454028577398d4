"""What calls on D-Bus mean."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from pykeepalived.ipc.messages import RouterState
from pykeepalived.notify.dbus_objects import (
    INSTANCE_INTERFACE,
    PEER,
    PROPERTIES,
    ROOT,
    VRRP_INTERFACE,
    Call,
    DbusInstance,
    DbusPlan,
    Failure,
    Job,
    Order,
    Reply,
    answer,
    instance_path,
    introspection,
)

PATH = instance_path(ROOT, "eth0.10", 51, 4)
PLAN = DbusPlan(
    instances=(DbusInstance("VI_1", PATH), DbusInstance("VI_2", instance_path(ROOT, "eth1", 7, 6)))
)
STATES = {"VI_1": RouterState.MASTER}


def call(path: str, interface: str, member: str, *body: object) -> Reply | Failure:
    return answer(Call(path, interface, member, body), PLAN, STATES)


def test_what_may_not_stand_in_a_path_becomes_an_underscore():
    assert "/org/keepalived/Vrrp1/Instance/eth0_10/51/IPv4" == PATH


def test_a_state_is_its_number_and_its_word():
    assert Reply("v", (("(us)", (2, "Master")),)) == call(
        PATH, PROPERTIES, "Get", INSTANCE_INTERFACE, "State"
    )


def test_an_instance_that_never_said_anything_is_init():
    everything = call(PLAN.instances[1].path, PROPERTIES, "GetAll", INSTANCE_INTERFACE)

    assert Reply("a{sv}", ({"Name": ("(s)", ("VI_2",)), "State": ("(us)", (0, "Init"))},)) == everything


@pytest.mark.parametrize("job", [Job.PRINT_DATA, Job.PRINT_STATS, Job.PRINT_STATS_CLEAR, Job.RELOAD])
def test_the_daemon_is_asked_at_its_own_object(job):
    assert Reply(order=Order(job)) == call(f"{ROOT}/Vrrp", VRRP_INTERFACE, job.value)
    assert isinstance(call(PATH, VRRP_INTERFACE, job.value), Failure)


def test_an_instance_announces_itself():
    assert Reply(order=Order(Job.SEND_GARP, "VI_1")) == call(PATH, INSTANCE_INTERFACE, "SendGarp")


@pytest.mark.parametrize(
    ("path", "interface", "member", "body", "error"),
    [
        (f"{ROOT}/Instance/eth9/1/IPv4", INSTANCE_INTERFACE, "SendGarp", (), "UnknownObject"),
        (PATH, INSTANCE_INTERFACE, "Destroy", (), "UnknownMethod"),
        (PATH, "", "SendGarp", (), "UnknownMethod"),
        (f"{ROOT}/Vrrp", "", "ReloadConfig", (), "UnknownMethod"),
        (PATH, INSTANCE_INTERFACE, "SendGarp", (1,), "InvalidArgs"),
        (PATH, PROPERTIES, "Get", (INSTANCE_INTERFACE,), "InvalidArgs"),
        (PATH, PROPERTIES, "Get", (INSTANCE_INTERFACE, "Nothing"), "UnknownProperty"),
        (PATH, PROPERTIES, "Set", (INSTANCE_INTERFACE, "Name", ("s", "x")), "PropertyReadOnly"),
    ],
)
def test_anything_else_is_refused_and_nothing_is_done(path, interface, member, body, error):
    said = call(path, interface, member, *body)

    assert isinstance(said, Failure)
    assert f"org.freedesktop.DBus.Error.{error}" == said.name


def test_the_machine_tells_its_name():
    asked = Call(PATH, PEER, "GetMachineId")

    assert Reply("s", ("abc",)) == answer(asked, PLAN, STATES, "abc")
    assert isinstance(answer(asked, PLAN, STATES), Failure)


def test_every_object_can_be_found_from_the_root():
    found, paths = set(), ["/"]
    while paths:
        path = paths.pop()
        children = ET.fromstring(introspection(path, PLAN).split(">", 1)[1]).findall("node")
        below = [f"{path.rstrip('/')}/{child.attrib['name']}" for child in children]
        found.update(below)
        paths += below

    assert {f"{ROOT}/Vrrp", *(one.path for one in PLAN.instances)} <= found
