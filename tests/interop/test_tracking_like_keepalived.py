"""The same configuration under keepalived and under us: the same adverts and notifications, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.kernel_can import needs_process_events
from tests.support.stalls import repeat_when_stalled
from tests.support.tracking_site import KEEPALIVED, Site, site
from tests.support.vrrp_lab import eventually

pytestmark = [
    pytest.mark.interop,
    pytest.mark.netns,
    pytest.mark.skipif(KEEPALIVED is None, reason="Debian's keepalived is not installed"),
]

CONFIG = """
global_defs {
    script_user root
    enable_script_security
}
vrrp_script first {
    script @DIR@/first
    interval 0.3
    fall 2
    rise 2
    weight 10
}
vrrp_script second {
    script @DIR@/second
    interval 0.3
    weight 5 reverse
}
track_file number {
    file @DIR@/number
    init_file 0
}
vrrp_track_process sleeper {
    process @PROCESS@
    weight 7
}
vrrp_instance VI_1 {
    interface eth0
    version 3
    virtual_router_id 51
    priority 100
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.100/24
    }
    track_script {
        first
        second
    }
    track_file {
        number weight 2
    }
    track_interface {
        eth1 weight -15
    }
    track_process {
        sleeper
    }
}
"""

STEPS: tuple[tuple[str, Callable[[Site], None], int], ...] = (
    ("everything good: 100 + 10 - 5", lambda s: None, 105),
    ("a number in the file: + 2 * 3", lambda s: s.number(3), 111),
    ("a script fails twice: - 10", lambda s: s.script("first", False), 101),
    ("a reversed one fails: + 5", lambda s: s.script("second", False), 106),
    ("a link goes down: - 15", lambda s: s.link(False), 91),
    ("a process starts: + 7", lambda s: s.process(True), 98),
    ("too much for the limits: 254", lambda s: s.number(200), 254),
    ("too little: 1", lambda s: s.number(-60), 1),
    ("a fault: the Master says 0 and is silent", lambda s: s.number(-127), 0),
    ("and comes back", lambda s: s.number(-1), 90),
    ("the process ends", lambda s: s.process(False), 83),
    ("the file goes", lambda s: s.number(None), 85),
    ("the link comes back", lambda s: s.link(True), 100),
    ("the script succeeds twice", lambda s: s.script("first", True), 110),
    ("and the reversed one", lambda s: s.script("second", True), 105),
)


@needs_process_events
@repeat_when_stalled(limit_ns=100_000_000)
def test_the_adverts_of_both_have_the_same_priorities(tmp_path: Path) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    with site("tko", folder / "ours") as ours, site("tkk", folder / "theirs", "keepalived") as theirs:
        for one in (ours, theirs):
            one.start(CONFIG)
        for what, step, priority in STEPS:
            for one in (ours, theirs):
                step(one)
            for one in (ours, theirs):
                try:
                    one.until(priority)
                except AssertionError as problem:
                    raise AssertionError(f"{what}: {problem}") from problem
        wanted = [priority for _, _, priority in STEPS]
        assert wanted == ours.priorities()
        assert wanted == theirs.priorities()


GROUP = """
global_defs {
    script_user root
    enable_script_security
    vrrp_notify_fifo @DIR@/fifo
    vrrp_notify_priority_changes true
}
vrrp_script first {
    script @DIR@/first
    interval 0.3
}
vrrp_script second {
    script @DIR@/second
    interval 0.3
    weight 5
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
    track_script {
        second
    }
}
"""
MEMBER = """
vrrp_instance VI_%d {
    interface eth0
    version 3
    virtual_router_id %d
    priority %d
    advert_int 0.2
    virtual_ipaddress {
        192.0.2.%d/24
    }
    %s
}
"""
GROUP += MEMBER % (1, 51, 100, 101, "track_script {\nfirst\n}") + MEMBER % (2, 52, 110, 102, "")

TOLD: tuple[tuple[Callable[[Site], None], tuple[str, ...]], ...] = (
    (
        lambda s: None,
        (
            *(f'INSTANCE "VI_{n}" BACKUP {90 + 10 * n}' for n in (1, 2)),
            'GROUP "G" BACKUP 0',
            *(f'INSTANCE "VI_{n}" BACKUP_PRIORITY {95 + 10 * n}' for n in (1, 2)),
            *(f'INSTANCE "VI_{n}" MASTER {95 + 10 * n}' for n in (1, 2)),
            'GROUP "G" MASTER 0',
        ),
    ),
    (
        lambda s: s.script("second", False),
        tuple(f'INSTANCE "VI_{n}" MASTER_PRIORITY {90 + 10 * n}' for n in (1, 2)),
    ),
    (
        lambda s: s.script("first", False),
        ('INSTANCE "VI_1" FAULT 100', 'INSTANCE "VI_2" FAULT 110', 'GROUP "G" FAULT 0'),
    ),
    (
        lambda s: s.script("first", True),
        (
            *(f'INSTANCE "VI_{n}" BACKUP {90 + 10 * n}' for n in (1, 2)),
            'GROUP "G" BACKUP 0',
            *(f'INSTANCE "VI_{n}" MASTER {90 + 10 * n}' for n in (1, 2)),
            'GROUP "G" MASTER 0',
        ),
    ),
)


@contextmanager
def told(site: Site) -> Iterator[Callable[[], list[str]]]:
    """Lines of the FIFO so far; it is made here, so that nobody is too late to read it."""
    path = site.folder / "fifo"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    lines: list[str] = []

    def read() -> list[str]:
        with suppress(BlockingIOError):
            lines.extend(os.read(descriptor, 65536).decode().splitlines())
        return lines

    try:
        yield read
    finally:
        os.close(descriptor)


FIRST = 5
"""Lines until all have their first state and their scripts' first word."""


def story(lines: list[str]) -> list[str]:
    """What is told, but for the order and the priorities of the first lines.

    Scripts may speak before or after their instance begins, with either daemon; of a group 2.4.3, which we
    follow, tells before its members and 2.2.7 after them.
    """
    return sorted(line.rpartition(" ")[0] for line in lines[:FIRST]) + lines[FIRST:]


@repeat_when_stalled(limit_ns=100_000_000)
def test_a_sync_group_tells_the_same_story(tmp_path: Path) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    with (
        site("tko", folder / "ours") as ours,
        site("tkk", folder / "theirs", "keepalived") as theirs,
        told(ours) as we_say,
        told(theirs) as they_say,
    ):
        for one in (ours, theirs):
            one.start(GROUP)
        wanted: list[str] = []

        def both_have_said_all() -> bool:
            return min(len(we_say()), len(they_say())) >= len(wanted)

        for step, lines in TOLD:
            for one in (ours, theirs):
                step(one)
            wanted += lines
            eventually(both_have_said_all, lambda: f"{we_say()} {they_say()}")
            assert story(wanted) == story(we_say())
            assert story(wanted) == story(they_say())
