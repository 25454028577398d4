"""Priorities, faults and the beginning of routers that follow things."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.tracking.settings import (
    AwaitedScript,
    Follow,
    RouterTracking,
    StaticGroup,
    TrackerKind,
    TrackingSettings,
)
from pykeepalived.tracking.tracker import (
    PATIENCE_NS,
    Begin,
    ClearFault,
    MayBegin,
    Observed,
    RaiseFault,
    Say,
    SetPriority,
    SettingsChanged,
    StaticChanged,
    TimerFired,
    Tracking,
)

SECOND = 1_000_000_000
SCRIPT, FILE, IFACE, BFD = (TrackerKind.SCRIPT, TrackerKind.FILE, TrackerKind.INTERFACE, TrackerKind.BFD)


def router(name: str, *follows: Follow, priority: int = 100, group: str = "") -> RouterTracking:
    return RouterTracking(name, priority, follows, group)


def settings(*routers: RouterTracking, scripts: Iterable[str] = ("chk",)) -> TrackingSettings:
    awaited = tuple(AwaitedScript(name, False, 8 * SECOND, "as it is") for name in scripts)
    return TrackingSettings(routers, awaited)


def begun(*routers: RouterTracking) -> Tracking:
    tracking = Tracking(settings(*routers))
    for one in routers:
        for follow in one.follows:
            tracking.handle(Observed(follow.kind, follow.name, 0 if follow.kind is FILE else 1), 0)
    tracking.handle(Begin(), 0)
    return tracking


# ---------------------------------------------------------------- the beginning


def test_a_router_that_waits_for_nothing_begins_at_once() -> None:
    assert [MayBegin("A")] == Tracking(settings(router("A"))).handle(Begin(), 0)


def test_a_router_waits_for_the_first_answer_of_a_script_that_can_be_a_fault() -> None:
    tracking = Tracking(settings(router("A", Follow(SCRIPT, "chk"))))
    assert [] == tracking.handle(Begin(), 0)
    assert ("script chk not known yet",) == tracking.awaited("A")
    assert [MayBegin("A")] == tracking.handle(Observed(SCRIPT, "chk", 1), SECOND)
    assert () == tracking.awaited("A")


def test_the_first_answer_raises_the_fault_before_the_router_begins() -> None:
    tracking = Tracking(settings(router("A", Follow(SCRIPT, "chk"))))
    tracking.handle(Begin(), 0)
    wanted = [RaiseFault("A", "script chk failed"), MayBegin("A")]
    assert wanted == tracking.handle(Observed(SCRIPT, "chk", 0), SECOND)


def test_a_weighted_script_holds_nobody_up() -> None:
    tracking = Tracking(settings(router("A", Follow(SCRIPT, "chk", 10))))
    assert [MayBegin("A")] == tracking.handle(Begin(), 0)
    assert [SetPriority("A", 110)] == tracking.handle(Observed(SCRIPT, "chk", 1), SECOND)


def test_a_script_with_init_fail_counts_as_bad_from_the_start() -> None:
    awaited = AwaitedScript("chk", True, SECOND, "")
    tracking = Tracking(TrackingSettings((router("A", Follow(SCRIPT, "chk")),), (awaited,)))
    assert [RaiseFault("A", "script chk failed"), MayBegin("A")] == tracking.handle(Begin(), 0)


def test_members_of_a_group_begin_together() -> None:
    a, b = router("A", Follow(SCRIPT, "chk"), group="G"), router("B", group="G")
    tracking = Tracking(settings(a, b, router("C")))
    assert [MayBegin("C")] == tracking.handle(Begin(), 0)
    assert [MayBegin("A"), MayBegin("B")] == tracking.handle(Observed(SCRIPT, "chk", 1), 1)


def test_a_file_that_nobody_reports_counts_as_empty_after_a_second() -> None:
    tracking = Tracking(settings(router("A", Follow(FILE, "f", 0, reverse=True))))
    assert [] == tracking.handle(Begin(), 0)
    assert PATIENCE_NS == tracking.deadline
    out = tracking.handle(TimerFired(), PATIENCE_NS)
    assert isinstance(out[0], Say)
    assert [RaiseFault("A", "file f signals a fault"), MayBegin("A")] == out[1:]
    assert tracking.deadline is None


def test_a_spurious_wake_up_changes_nothing() -> None:
    tracking = Tracking(settings(router("A", Follow(SCRIPT, "chk"))))
    tracking.handle(Begin(), 0)
    assert [] == tracking.handle(TimerFired(), 1)
    assert tracking.deadline == 8 * SECOND


def test_a_router_that_goes_on_as_master_waits_for_nothing() -> None:
    tracking = Tracking(settings(router("A", Follow(BFD, "b"), Follow(SCRIPT, "chk"))), continues=True)
    assert [MayBegin("A")] == tracking.handle(Begin(frozenset({"A"})), 0)


def test_a_bfd_session_is_down_until_it_is_up() -> None:
    tracking = Tracking(settings(router("A", Follow(BFD, "b"))))
    assert [RaiseFault("A", "BFD session b down"), MayBegin("A")] == tracking.handle(Begin(), 0)
    assert [ClearFault("A", "BFD session b down")] == tracking.handle(Observed(BFD, "b", 1), 1)


# ---------------------------------------------------------------- running


def test_weights_add_up() -> None:
    follows = (Follow(SCRIPT, "chk", -20), Follow(IFACE, "eth1", 5), Follow(FILE, "f", 2))
    tracking = begun(router("A", *follows))
    assert tracking.priority("A") == 105
    assert [SetPriority("A", 85)] == tracking.handle(Observed(SCRIPT, "chk", 0), 1)
    assert [SetPriority("A", 91)] == tracking.handle(Observed(FILE, "f", 3), 2)
    assert [SetPriority("A", 86)] == tracking.handle(Observed(IFACE, "eth1", 0), 3)
    assert [-20, 0, 6] == [one.points for one in tracking.contributions("A")]


def test_the_same_news_twice_is_no_news() -> None:
    tracking = begun(router("A", Follow(SCRIPT, "chk", -20)))
    tracking.handle(Observed(SCRIPT, "chk", 0), 1)
    assert [] == tracking.handle(Observed(SCRIPT, "chk", 0), 2)


def test_a_change_that_limits_swallow_is_not_told() -> None:
    tracking = begun(router("A", Follow(FILE, "f", 1), priority=250))
    assert [SetPriority("A", 254)] == tracking.handle(Observed(FILE, "f", 100), 1)
    assert [] == tracking.handle(Observed(FILE, "f", 50), 2)


def test_everybody_who_follows_it_is_told() -> None:
    tracking = begun(router("A", Follow(SCRIPT, "chk")), router("B", Follow(SCRIPT, "chk", -30)))
    wanted = [RaiseFault("A", "script chk failed"), SetPriority("B", 70)]
    assert wanted == tracking.handle(Observed(SCRIPT, "chk", 0), 1)


def test_news_of_something_nobody_follows_is_ignored() -> None:
    assert [] == begun(router("A")).handle(Observed(SCRIPT, "other", 0), 1)


def test_a_missing_static_thing_is_a_fault_of_the_members_of_its_group() -> None:
    static = (StaticGroup("TG", ("A",)),)
    tracking = Tracking(TrackingSettings((router("A"), router("B")), static_groups=static))
    tracking.handle(Begin(), 0)
    reason = "route 10.0.0.0/8 of track_group TG is missing"
    gone = StaticChanged("TG", "route 10.0.0.0/8", False)
    assert [RaiseFault("A", reason)] == tracking.handle(gone, 1)
    assert [ClearFault("A", reason)] == tracking.handle(StaticChanged("TG", "route 10.0.0.0/8", True), 2)


# ---------------------------------------------------------------- reload


def test_a_reload_keeps_what_is_known() -> None:
    tracking = begun(router("A", Follow(SCRIPT, "chk", -20)))
    tracking.handle(Observed(SCRIPT, "chk", 0), 1)
    heavier = settings(router("A", Follow(SCRIPT, "chk", -30)))
    assert [SetPriority("A", 70)] == tracking.handle(SettingsChanged(heavier), 2)


def test_after_a_reload_every_sum_is_told_because_base_and_weights_may_have_changed() -> None:
    tracking = begun(router("A", Follow(SCRIPT, "chk", -20)))
    tracking.handle(Observed(SCRIPT, "chk", 0), 1)
    same_sum = settings(router("A", Follow(SCRIPT, "chk", -40), priority=120))
    assert [SetPriority("A", 80)] == tracking.handle(SettingsChanged(same_sum), 2)


def test_a_fault_goes_with_the_line_that_made_it() -> None:
    tracking = begun(router("A", Follow(SCRIPT, "chk")))
    tracking.handle(Observed(SCRIPT, "chk", 0), 1)
    out = tracking.handle(SettingsChanged(settings(router("A"))), 2)
    assert ClearFault("A", "script chk failed") in out


def test_a_script_that_a_reload_brings_holds_nobody_up_and_is_no_fault_yet() -> None:
    tracking = begun(router("A"))
    out = tracking.handle(SettingsChanged(settings(router("A", Follow(SCRIPT, "chk")))), 1)
    assert [SetPriority("A", 100)] == out
    assert [RaiseFault("A", "script chk failed")] == tracking.handle(Observed(SCRIPT, "chk", 0), 2)


def test_a_bfd_session_that_a_reload_has_followed_is_as_it_was_last_heard_of() -> None:
    """Sessions are reported when they change: one that is up would look down for ever, and be a fault."""
    tracking = begun(router("A"))
    tracking.handle(Observed(BFD, "b", 1), 1)
    out = tracking.handle(SettingsChanged(settings(router("A", Follow(BFD, "b"), Follow(BFD, "c")))), 2)
    assert [RaiseFault("A", "BFD session c down")] == [one for one in out if isinstance(one, RaiseFault)]


def test_a_router_that_a_reload_brings_begins() -> None:
    tracking = begun(router("A"))
    out = tracking.handle(SettingsChanged(settings(router("A"), router("B"))), 1)
    assert MayBegin("B") in out
    assert MayBegin("A") not in out


def test_a_reload_before_the_beginning_lets_nobody_begin() -> None:
    tracking = Tracking(settings(router("A")))
    assert MayBegin("A") not in tracking.handle(SettingsChanged(settings(router("A"))), 1)


def test_another_router_under_an_old_name_begins_too_and_hears_of_faults() -> None:
    tracking = Tracking(settings(router("A", Follow(SCRIPT, "chk"))))
    tracking.handle(Begin(), 0)
    tracking.handle(Observed(SCRIPT, "chk", 0), 1)

    out = tracking.handle(
        SettingsChanged(settings(router("A", Follow(SCRIPT, "chk"))), anew=frozenset({"A"})), 2
    )

    assert MayBegin("A") == out[-1]
    assert ["RaiseFault"] == [type(one).__name__ for one in out[:-1] if not isinstance(one, SetPriority)]


def test_what_a_reload_will_make_of_priorities_is_known_before() -> None:
    tracking = begun(router("A", Follow(SCRIPT, "chk", -20)))
    tracking.handle(Observed(SCRIPT, "chk", 0), 1)
    new = settings(router("A", Follow(SCRIPT, "chk", -30), Follow(BFD, "b", -5), priority=120), router("B"))
    assert {"A": 85, "B": 100} == tracking.preview(new)
    assert tracking.priority("A") == 80
