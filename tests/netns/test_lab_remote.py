"""Scenarios through agents, as on real machines: here "ssh" only enters a network namespace.

Nothing here may kill a machine: the agent would switch off the one that the tests run on. The site has no
``power_on``, so the stage refuses.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.cli import lab
from pykeepalived.lab import examples
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.remote import RemoteStage
from pykeepalived.lab.remote_site import read
from pykeepalived.lab.site import Site
from tests.support.kernel_can import needs_nftables

pytestmark = pytest.mark.netns


@pytest.fixture
def site_file(tmp_path: Path) -> Iterator[Path]:
    """The VRRP pair of conf.examples on namespaces, described as if they were machines."""
    layout = examples.find("vrrp")
    with Site(layout, tmp_path) as site:
        folder = examples.configuration_files("vrrp")["a"].parent
        lines = [
            f'ssh = ["ip", "netns", "exec", "{site.namespace("{name}")}", "sh", "-c", '
            """'mount -n -t tmpfs run /run && exec "$@"', "sh"]""",
            f'python = "{sys.executable}"',
            f'configuration = "{folder}/director-{{name}}.conf"',
            f'vips = ["{layout.vip}"]',
            "[[target]]",
            f'address = "{layout.vip}"',
        ]
        for machine in layout.machines:
            lines += [
                f"[machine.{machine.name}]",
                f'role = "{machine.role}"',
                f'addresses = ["{machine.legs[0].addresses[0].partition("/")[0]}"]',
            ]
        path = tmp_path / "site.toml"
        path.write_text("\n".join(lines) + "\n")
        yield path


@needs_nftables
def test_a_stop_and_a_stall_through_agents(site_file: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "short.scenario"
    scenario.write_text(
        "start all\nwait ready\nlet old be master\nlet new be backup\n"
        "stop old\nwait owner new\nexpect takeover on time\n"
        "launch old\nwait ready\nexpect owners 1\n"
        "partition old\nstay 2 s\nexpect owners 2\nheal\nwait service\nexpect owners 1\n"
    )
    out = tmp_path / "out"

    status = lab.run(["remote", str(site_file), "--scenario", str(scenario), "--report", str(out)])

    assert status == 0, (out / "report.json").read_text()[:3000]
    stopped, *_, healed = json.loads((out / "report.json").read_text())["figures"]
    assert "Skew_Time" == stopped["takeover"]["rule"]
    assert 1 == len(healed["owners_after"])


def test_a_machine_that_nobody_could_switch_on_again_is_not_switched_off(
    site_file: Path, tmp_path: Path
) -> None:
    stage = RemoteStage(read(site_file), tmp_path)

    with pytest.raises(LabError, match="no power_on"):
        stage.power_off("a")
