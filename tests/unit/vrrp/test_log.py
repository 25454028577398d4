"""Log lines: keepalived's words, and no template that cannot be filled."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from pykeepalived.vrrp import log
from pykeepalived.vrrp.log import Log, LogEvent, LogLevel

SOURCES = Path(log.__file__).parent


def test_a_line_reads_as_keepalived_writes_it() -> None:
    line = Log(LogLevel.INFO, LogEvent.ENTERING_STATE, "VI_1", (("state", "MASTER"),))
    assert "(VI_1) Entering MASTER STATE" == line.text
    assert not line.detail
    sync = Log(LogLevel.INFO, LogEvent.GROUP_SYNCING, "SG", (("state", "BACKUP"),))
    assert "VRRP_Group(SG) Syncing instances to BACKUP state" == sync.text


def test_a_line_tells_how_many_it_stands_for() -> None:
    line = Log(LogLevel.INFO, LogEvent.SENT_RELEASE, "VI_1", suppressed=41)
    assert "(VI_1) sent 0 priority (41 more like this before)" == line.text


@pytest.mark.parametrize("event", LogEvent)
def test_every_event_is_used_with_the_fields_of_its_template(event: LogEvent) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(event.value) if name}
    text = "".join(path.read_text() for path in SOURCES.glob("*.py") if path.name != "log.py")
    uses = re.findall(rf"LogEvent\.{event.name}\b", text)
    assert uses, f"{event.name} is never logged"
    filled = Log(LogLevel.INFO, event, "VI_1", tuple((name, "x") for name in fields))
    assert "{" not in filled.text
