"""Properties of plans and of the wire form of IPVS objects."""

from __future__ import annotations

import socket
from copy import deepcopy

from hypothesis import given

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import attribute, nested
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.lvs.service import Table, VirtualService
from pykeepalived.plan.lvs_steps import apply_step, diff
from tests.support.ipvs_strategies import services, tables


def usable(table: Table) -> dict[object, int]:
    """Destinations that take new connections, for each service."""
    return {key: sum(one.weight > 0 for one in inside.values()) for key, (_, inside) in table.items()}


@given(tables(), tables())
def test_a_plan_carried_out_on_the_kernel_leaves_nothing_to_do(wanted: Table, have: Table) -> None:
    kernel = FakeIpvsKernel(table=deepcopy(have))
    ipvs = fake_ipvs(kernel)

    assert () == ipvs.apply(diff(wanted, ipvs.read_table()))
    assert wanted == ipvs.read_table()
    assert () == diff(wanted, ipvs.read_table())


@given(tables(), tables())
def test_at_no_moment_a_service_has_fewer_usable_servers_than_at_the_worse_end(
    wanted: Table, have: Table
) -> None:
    table = deepcopy(have)
    before, after = usable(have), usable(wanted)
    for step in diff(wanted, have):
        apply_step(step, table)
        now = usable(table)
        for key in before.keys() & after.keys():
            assert now[key] >= min(before[key], after[key]), str(step)
    assert wanted == table


@given(tables(), tables())
def test_what_stays_as_it_is_is_never_touched(wanted: Table, have: Table) -> None:
    untouched = {
        (key, name)
        for key, (_, inside) in wanted.items()
        for name, one in inside.items()
        if key in have and have[key][1].get(name) == one
    }
    table = deepcopy(have)
    for step in diff(wanted, have):
        apply_step(step, table)
        for key, name in untouched:
            assert wanted[key][1][name] == table[key][1][name]


@given(services())
def test_a_service_survives_its_wire_form(service: VirtualService) -> None:
    wire = memoryview(nested(messages.ATTR_SERVICE, messages.service(service)))
    assert service == messages.decode_service(wire)


@given(tables())
def test_a_destination_survives_its_wire_form_and_one_without_family_takes_the_services(
    table: Table,
) -> None:
    for key, (_, inside) in table.items():
        for one in inside.values():
            wire = messages.destination(one)
            message = memoryview(nested(messages.ATTR_DEST, wire))
            assert one == messages.decode_destination(message, key.family)
            # Kernels before 3.18 do not say the family.
            if one.key.address.version == (4 if key.family == socket.AF_INET else 6):
                family = attribute(messages.DEST_ADDR_FAMILY, key.family.to_bytes(2, "little"))
                old = memoryview(nested(messages.ATTR_DEST, wire.replace(family, b"")))
                assert one == messages.decode_destination(old, key.family)
