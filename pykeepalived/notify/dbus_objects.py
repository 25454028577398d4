"""What the D-Bus of this host sees of us: objects, their interfaces, and what a method call means.

Names, paths, signatures and numbers are keepalived's (``org.keepalived.Vrrp1``), so that its clients work
unchanged.  Nothing here talks to a bus: a call comes in as a :class:`Call` and goes out as a :class:`Reply`
or a :class:`Failure`, and with what the caller wants done, an :class:`Order`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from pykeepalived.ipc.messages import RouterState

DEFAULT_NAME = "org.keepalived.Vrrp1"
ROOT = "/org/keepalived/Vrrp1"
VRRP_INTERFACE = "org.keepalived.Vrrp1.Vrrp"
INSTANCE_INTERFACE = "org.keepalived.Vrrp1.Instance"
PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEER = "org.freedesktop.DBus.Peer"
_ERROR = "org.freedesktop.DBus.Error."

STATES: Mapping[RouterState, tuple[int, str]] = {
    RouterState.INIT: (0, "Init"),
    RouterState.BACKUP: (1, "Backup"),
    RouterState.MASTER: (2, "Master"),
    RouterState.FAULT: (3, "Fault"),
    RouterState.DELETED: (97, "Deleted"),
    RouterState.STOP: (98, "Stop"),
}
"""The number and the word of a state."""


class Job(enum.StrEnum):
    """What a caller may want of the daemon; the value is the method's name."""

    PRINT_DATA = "PrintData"
    PRINT_STATS = "PrintStats"
    PRINT_STATS_CLEAR = "PrintStatsClear"
    RELOAD = "ReloadConfig"
    SEND_GARP = "SendGarp"


_VRRP_METHODS = (Job.PRINT_DATA, Job.PRINT_STATS, Job.PRINT_STATS_CLEAR, Job.RELOAD)


@dataclass(frozen=True, slots=True)
class DbusInstance:
    """One instance and the path of its object."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class DbusPlan:
    """What is offered.  ``root`` is ROOT, with the daemon's namespace and instance name where it has them."""

    service_name: str = DEFAULT_NAME
    root: str = ROOT
    instances: tuple[DbusInstance, ...] = ()

    @property
    def vrrp_path(self) -> str:
        return f"{self.root}/Vrrp"

    def path_of(self, instance: str) -> str | None:
        return next((one.path for one in self.instances if one.name == instance), None)


@dataclass(frozen=True, slots=True)
class Call:
    """A method call.  ``interface`` is empty when the caller left it out."""

    path: str
    interface: str
    member: str
    body: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Something to do; ``instance`` for SEND_GARP only."""

    job: Job
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Success: values and their signature (both may be empty)."""

    signature: str = ""
    body: tuple[object, ...] = ()
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the bus: its name and a sentence."""

    name: str
    text: str


def instance_path(root: str, interface: str, vrid: int, version: int) -> str:
    """Where an instance's object is; what may not stand in a path becomes an underscore."""
    return f"{root}/Instance/{path_element(interface)}/{vrid}/IPv{version}"


def path_element(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", text)


def answer(
    call: Call, plan: DbusPlan, states: Mapping[str, RouterState], machine_id: str = ""
) -> Reply | Failure:
    """What to say to a call.

    ``states`` are those of the instances, INIT where one is missing; ``machine_id`` is what /etc/machine-id
    says, empty when there is none.
    """
    if call.path not in _paths(plan):
        return Failure(f"{_ERROR}UnknownObject", f"there is no object {call.path}")
    match call.interface, call.member:
        case (("" | "org.freedesktop.DBus.Peer"), "Ping"):
            return Reply()
        case "org.freedesktop.DBus.Peer", "GetMachineId" if machine_id:
            return Reply("s", (machine_id,))
        case (("" | "org.freedesktop.DBus.Introspectable"), "Introspect"):
            return Reply("s", (introspection(call.path, plan),))
        case "org.freedesktop.DBus.Properties", ("Get" | "GetAll" | "Set"):
            return _property(call, plan, states)
    if call.interface in (VRRP_INTERFACE, INSTANCE_INTERFACE):
        return _order(call, plan)
    # A call without interface never does anything: the rules of a bus go by interface.
    return Failure(f"{_ERROR}UnknownMethod", f"there is no method {call.interface}.{call.member} here")


def _order(call: Call, plan: DbusPlan) -> Reply | Failure:
    if call.interface == VRRP_INTERFACE and call.path == plan.vrrp_path and call.member in _VRRP_METHODS:
        order = Order(Job(call.member))
    elif (instance := _instance_at(call.path, plan)) and call.interface == INSTANCE_INTERFACE:
        if call.member != Job.SEND_GARP:
            return Failure(f"{_ERROR}UnknownMethod", f"{call.interface} has no method {call.member}")
        order = Order(Job.SEND_GARP, instance.name)
    else:
        return Failure(f"{_ERROR}UnknownMethod", f"there is no method {call.interface}.{call.member} here")
    if call.body:
        return Failure(f"{_ERROR}InvalidArgs", f"{call.member} takes no arguments")
    return Reply(order=order)


def _property(call: Call, plan: DbusPlan, states: Mapping[str, RouterState]) -> Reply | Failure:
    wanted = {"Get": 2, "GetAll": 1, "Set": 3}[call.member]
    if len(call.body) != wanted or not all(isinstance(one, str) for one in call.body[:2]):
        return Failure(f"{_ERROR}InvalidArgs", f"{call.member} has other arguments")
    if call.member == "Set":
        return Failure(f"{_ERROR}PropertyReadOnly", "every property is read only")
    instance = _instance_at(call.path, plan)
    properties: dict[str, tuple[str, object]] = {}
    if instance is not None and call.body[0] == INSTANCE_INTERFACE:
        number_and_word = STATES[states.get(instance.name, RouterState.INIT)]
        properties = {"Name": ("(s)", (instance.name,)), "State": ("(us)", number_and_word)}
    if call.member == "GetAll":
        return Reply("a{sv}", (properties,))
    value = properties.get(str(call.body[1]))
    if value is None:
        return Failure(f"{_ERROR}UnknownProperty", f"there is no property {call.body[1]} here")
    return Reply("v", (value,))


# ---------------------------------------------------------------- objects


def _instance_at(path: str, plan: DbusPlan) -> DbusInstance | None:
    return next((one for one in plan.instances if one.path == path), None)


@lru_cache(maxsize=1)
def _paths(plan: DbusPlan) -> frozenset[str]:
    """Every path that leads to an object, and those objects."""
    found = {"/"}
    for path in (plan.vrrp_path, f"{plan.root}/Instance", *(one.path for one in plan.instances)):
        found.update(_and_above(path))
    return frozenset(found)


def _and_above(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def introspection(path: str, plan: DbusPlan) -> str:
    """The description of an object in XML: its interfaces and its children."""
    lines = [
        '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"',
        ' "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">',
        "<node>",
    ]
    if path == plan.vrrp_path:
        lines += [*_COMMON, *_VRRP]
    elif _instance_at(path, plan) is not None:
        lines += [*_COMMON, *_INSTANCE]
    inside = path if path.endswith("/") else f"{path}/"
    children = {one[len(inside) :].partition("/")[0] for one in _paths(plan) if one.startswith(inside)}
    lines += [f"  <node name={quoteattr(child)}/>" for child in sorted(children - {""})]
    return "\n".join((*lines, "</node>", ""))


def _interface(name: str, *members: str) -> tuple[str, ...]:
    """One element a line, as GDBus writes it: there are clients that read lines."""
    rows = [row for member in members for row in member.replace("><", ">\n<").split("\n")]
    return (f'  <interface name="{name}">', *(f"    {row}" for row in rows), "  </interface>")


def _ours(tag: str, name: str, inside: str = "", kind: str = "", access: str = "") -> str:
    """An element of keepalived's own interfaces: never closed in itself."""
    typed = f' type="{kind}"' if kind else ""
    read = f' access="{access}"' if access else ""
    return f'<{tag}{typed} name="{name}"{read}>{inside}</{tag}>'


def _method(name: str, *arguments: tuple[str, str, str]) -> str:
    inside = "".join(
        f'<arg type="{kind}" name="{label}" direction="{way}"/>' for kind, label, way in arguments
    )
    return f'<method name="{name}">{inside}</method>' if inside else f'<method name="{name}"/>'


_COMMON = (
    *_interface(
        PROPERTIES,
        _method(
            "Get",
            ("s", "interface_name", "in"),
            ("s", "property_name", "in"),
            ("v", "value", "out"),
        ),
        _method("GetAll", ("s", "interface_name", "in"), ("a{sv}", "properties", "out")),
        _method(
            "Set",
            ("s", "interface_name", "in"),
            ("s", "property_name", "in"),
            ("v", "value", "in"),
        ),
        '<signal name="PropertiesChanged"><arg type="s" name="interface_name"/>'
        '<arg type="a{sv}" name="changed_properties"/>'
        '<arg type="as" name="invalidated_properties"/></signal>',
    ),
    *_interface(INTROSPECTABLE, _method("Introspect", ("s", "xml_data", "out"))),
    *_interface(PEER, _method("Ping"), _method("GetMachineId", ("s", "machine_uuid", "out"))),
)
_VRRP = _interface(
    VRRP_INTERFACE,
    *(_ours("method", method) for method in _VRRP_METHODS),
    *(_ours("signal", name) for name in ("VrrpStarted", "VrrpReloaded", "VrrpStopped")),
)
_INSTANCE = _interface(
    INSTANCE_INTERFACE,
    _ours("method", Job.SEND_GARP),
    _ours("signal", "VrrpStatusChange", _ours("arg", "status", kind="u")),
    _ours("property", "Name", kind="(s)", access="read"),
    _ours("property", "State", kind="(us)", access="read"),
)
