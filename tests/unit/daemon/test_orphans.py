"""Children that are nobody's are waited for; our own are left to who expects them."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

HEAD = """
import os, time
from pykeepalived.daemon.orphans import Orphans, reap_orphans

def child(seconds=0.0):
    pid = os.fork()
    if pid == 0:
        time.sleep(seconds)
        os._exit(3)
    if not seconds:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still there
    return pid

def there(pid):
    return os.path.exists(f"/proc/{pid}")
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("reap_orphans(())", id="no child at all"),
        pytest.param(
            "orphans = [child(), child()]\nreap_orphans(())\nassert not any(map(there, orphans))",
            id="orphans",
        ),
        pytest.param(
            "own = child()\nreap_orphans({own})\n"
            "assert os.waitstatus_to_exitcode(os.waitpid(own, 0)[1]) == 3",
            id="our own",
        ),
        pytest.param("running = child(0.5)\nreap_orphans(())\nassert there(running)", id="still running"),
        pytest.param(
            "orphan = child()\nasked = []\nOrphans(lambda: (), lambda *words: asked.append(words)).begin()\n"
            "assert there(orphan) and not asked",
            id="not process 1",
        ),
        pytest.param(
            "os.getpid = lambda: 1\norphan = child()\nasked = []\n"
            "Orphans(lambda: (), lambda *words: asked.append(words)).begin()\n"
            "assert not there(orphan)\nagain = child()\nasked.pop()[2]()\nassert not there(again) and asked",
            id="process 1, now and then",
        ),
    ],
)
def test_in_a_process_of_its_own(body: str) -> None:
    """So that no other test's children are taken."""
    text = textwrap.dedent(HEAD) + body
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60
    )
    assert 0 == done.returncode, done.stderr
