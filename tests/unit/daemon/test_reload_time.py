"""Planned reloads: which texts name which moment (keepalived 2.4.3, core/reload_monitor.c)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pykeepalived.daemon.reload_time import BadReloadTimeError, parse_reload_time

ZONE = timezone(timedelta(hours=2))
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("text", "expected", "dated"),
    [
        ("12:00:01", datetime(2026, 11, 22, 12, 0, 1, tzinfo=ZONE), False),
        ("11:59:59", datetime(2026, 11, 23, 11, 59, 59, tzinfo=ZONE), False),
        ("12:00:00", datetime(2026, 11, 23, 12, 0, 0, tzinfo=ZONE), False),
        ("10:00:01Z", datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC), False),
        ("09:00:00Z", datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC), False),
        ("26-11-22 12:00:01", datetime(2026, 11, 22, 12, 0, 1, tzinfo=ZONE), True),
        ("2026-12-01 00:00:00", datetime(2026, 12, 1, tzinfo=ZONE), True),
        ("2026-11-22 10:30:00Z", datetime(2026, 11, 22, 10, 30, tzinfo=UTC), True),
    ],
)
def test_a_text_names_the_next_such_moment(text: str, expected: datetime, dated: bool) -> None:
    found = parse_reload_time(text, NOW, ZONE)
    assert (expected.timestamp(), dated) == (found.at, found.dated)


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00:00", "12:00", "2026-02-30 12:00:00", "12:00:01 Z", "2026/12/01 00:00:00"]
)
def test_what_is_no_time_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(BadReloadTimeError, match="HH:MM:SS"):
        parse_reload_time(text, NOW, ZONE)


def test_a_date_in_the_past_is_refused() -> None:
    with pytest.raises(BadReloadTimeError, match="past"):
        parse_reload_time("2026-11-22 11:59:59", NOW, ZONE)


def test_without_a_zone_the_time_is_this_machines() -> None:
    later = datetime.fromtimestamp(NOW) + timedelta(hours=1)  # noqa: DTZ006 - the machine's zone is meant
    assert NOW + 3600 == parse_reload_time(later.strftime("%H:%M:%S"), NOW).at
