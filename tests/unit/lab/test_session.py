import pytest

from pykeepalived.config.load import load_text
from pykeepalived.lab import examples, scenarios, session
from pykeepalived.lab.derive import derive
from pykeepalived.lab.derive_lans import Source
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.stage import NamespaceStage


class Imagined(NamespaceStage):
    """A stage that is never built."""

    def __init__(self, layout: Layout, *, keepalived: bool = True) -> None:
        self.layout = layout
        self._keepalived = keepalived

    def has_keepalived(self) -> bool:
        return self._keepalived


def lacking(scenario: str, example: str, *, keepalived: bool = True) -> list[str]:
    stage = Imagined(examples.find(example), keepalived=keepalived)
    return session.unmet(scenarios.shipped(scenario).scenario, stage)


def test_a_site_that_has_everything() -> None:
    assert [] == lacking("server", "nat")


def test_a_site_without_real_servers() -> None:
    assert ["2 real servers that the client reaches (there are 0)"] == lacking("server", "vrrp")


def test_an_upgrade_needs_the_real_one() -> None:
    assert ["the real keepalived (Debian package keepalived)"] == lacking("upgrade", "nat", keepalived=False)


def site_of(*texts: str) -> Layout:
    return derive(
        [Source(name, load_text(text).config) for name, text in zip("ab", texts, strict=False)], "x", ""
    )


ALONE = """\
vrrp_instance V {
    interface eth0
    virtual_router_id 5
    priority 100
    virtual_ipaddress {
        192.0.2.9/24
    }
}
"""
WITHOUT_ADDRESS = ALONE.replace("192.0.2.9/24", "")


def test_one_file_is_no_failover_but_can_be_reloaded() -> None:
    site = site_of(ALONE)

    assert ["2 directors (one file was given)"] == session.unmet_by_site(
        scenarios.shipped("kill").scenario, site
    )
    assert ["reload"] == session.playable(site)


def test_without_a_virtual_address_nobody_can_be_seen_to_own_it() -> None:
    (said,) = session.unmet_by_site(
        scenarios.shipped("kill").scenario, site_of(WITHOUT_ADDRESS, WITHOUT_ADDRESS)
    )

    assert said.startswith("a virtual address whose owner can be seen")


def test_this_machine_is_measured_within_bounds() -> None:
    assert 1.0 <= session.slowness() <= session.MOST_PATIENCE


def test_the_clock_of_this_machine_is_never_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IN_LAB_VM", raising=False)
    (said,) = lacking("clock-jump", "vrrp")

    assert "`clock`, which is impossible here" in said
    assert "--vm uml" in said


def test_in_a_guest_it_may_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IN_LAB_VM", "1")

    assert [] == lacking("clock-jump", "vrrp")
