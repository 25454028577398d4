"""When a reload is planned for: the first line of ``reload_time_file``, as keepalived 2.4.3 reads it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from pykeepalived.base.errors import PykeepalivedError

FORMATS = {8: "%H:%M:%S", 17: "%y-%m-%d %H:%M:%S", 19: "%Y-%m-%d %H:%M:%S"}
"""By the length of the text without its Z."""


class BadReloadTimeError(PykeepalivedError):
    """The text names no moment that is still to come; the message says why and what is allowed."""


@dataclass(frozen=True, slots=True)
class ReloadTime:
    """``at``: seconds since the epoch.  ``dated``: the text had a date, so it happens once."""

    at: float
    dated: bool

    def __str__(self) -> str:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.at))


def parse_reload_time(text: str, now: float, zone: tzinfo | None = None) -> ReloadTime:
    """``HH:MM:SS`` (its next occurrence) or ``[YY]YY-MM-DD HH:MM:SS``; a Z at the end means UTC.

    ``now``: seconds since the epoch; ``zone`` None: this machine's.  BadReloadTimeError otherwise.
    """
    utc = text.endswith("Z")
    words = text[:-1] if utc else text
    form = FORMATS.get(len(words))
    moment: datetime | None = None
    if form is not None:
        try:
            moment = datetime.strptime(words, form)  # noqa: DTZ007 - the zone is added below
        except ValueError:
            moment = None
    if form is None or moment is None:
        raise BadReloadTimeError(
            f"'{text}' is no time: write HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, and Z for UTC"
        )
    here: tzinfo | None = UTC if utc else zone
    dated = len(words) != 8
    if not dated:
        today = datetime.fromtimestamp(now, here)
        moment = moment.replace(year=today.year, month=today.month, day=today.day)
    at = _epoch(moment, here)
    if at <= now:
        if dated:
            raise BadReloadTimeError(f"'{text}' is in the past")
        at = _epoch(moment + timedelta(days=1), here)
    return ReloadTime(at, dated)


def _epoch(moment: datetime, zone: tzinfo | None) -> float:
    """Of a wall-clock time; without a zone it is this machine's, whatever its offset is on that day."""
    return (moment if zone is None else moment.replace(tzinfo=zone)).timestamp()
