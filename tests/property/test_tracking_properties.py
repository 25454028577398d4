"""Whatever is heard in whatever order: priorities are sums within limits, faults follow from the state."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pykeepalived.base.priority import HIGHEST, LOWEST
from pykeepalived.tracking.contributions import contribution
from pykeepalived.tracking.settings import Follow, RouterTracking, TrackerKind, TrackingSettings
from pykeepalived.tracking.tracker import (
    Begin,
    ClearFault,
    MayBegin,
    Observed,
    RaiseFault,
    SetPriority,
    SettingsChanged,
    TimerFired,
    Tracking,
)

NAMES = ("x", "y")
KINDS = st.sampled_from(list(TrackerKind))
FOLLOWS = st.lists(
    st.builds(Follow, KINDS, st.sampled_from(NAMES), st.integers(-253, 253), st.booleans()),
    max_size=5,
    unique_by=lambda follow: follow.key,
)
ROUTERS = st.lists(
    st.builds(
        lambda name, priority, follows: RouterTracking(name, priority, tuple(follows)),
        st.sampled_from(("A", "B")),
        st.integers(1, 254),
        FOLLOWS,
    ),
    min_size=1,
    unique_by=lambda router: router.name,
)
SETTINGS = st.builds(lambda routers: TrackingSettings(tuple(routers)), ROUTERS)
NEWS = st.one_of(
    st.builds(Observed, KINDS, st.sampled_from(NAMES), st.integers(-300, 300)),
    st.builds(SettingsChanged, SETTINGS),
    st.just(TimerFired()),
)


class _Listener:
    """What a vrrp process would know from the actions alone."""

    def __init__(self) -> None:
        self.priority: dict[str, int] = {}
        self.faults: dict[str, set[str]] = {}
        self.begun: list[str] = []

    def perform(self, actions: list[object]) -> None:
        for action in actions:
            match action:
                case SetPriority(router=router, priority=priority):
                    self.priority[router] = priority
                case RaiseFault(router=router, reason=reason):
                    assert reason not in self.faults.setdefault(router, set()), "raised twice"
                    self.faults[router].add(reason)
                case ClearFault(router=router, reason=reason):
                    self.faults[router].remove(reason)
                case MayBegin(router=router):
                    self.begun.append(router)


@settings(max_examples=100, deadline=None)
@given(first=SETTINGS, news=st.lists(NEWS, max_size=25), begin_at=st.integers(0, 25))
def test_priorities_and_faults_follow_from_what_was_heard_last(
    first: TrackingSettings, news: list[Observed | SettingsChanged | TimerFired], begin_at: int
) -> None:
    tracking = Tracking(first)
    heard = _Listener()
    present = first
    for number, event in enumerate([*news, Begin()]):
        now = number * 10**9
        if number == begin_at:
            heard.perform(list(tracking.handle(Begin(), now)))
        if isinstance(event, SettingsChanged):
            gone = {one.name for one in present.routers} - {one.name for one in event.settings.routers}
            present = event.settings
            for name in gone:
                heard.priority.pop(name, None)
                heard.faults.pop(name, None)
                heard.begun = [one for one in heard.begun if one != name]
        heard.perform(list(tracking.handle(event, now)))
        for router in present.routers:
            parts = [contribution(one, tracking.status(one.kind, one.name)) for one in router.follows]
            wanted = max(LOWEST, min(HIGHEST, router.priority + sum(part.points for part in parts)))
            if number >= begin_at or router.name in heard.priority:
                assert wanted == heard.priority.get(router.name, router.priority)
                assert {part.fault for part in parts if part.is_fault} == heard.faults.get(router.name, set())
            assert LOWEST <= tracking.priority(router.name) <= HIGHEST
            assert heard.begun.count(router.name) <= 1
