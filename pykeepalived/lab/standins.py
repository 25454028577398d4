"""Stand-ins for the scripts that a user's files call: in the lab they are noted, not run.

A notify script restarts services, a check script asks ones that are not there: neither belongs on the machine
that the lab runs on. In each director's private mount namespace a stand-in covers the script's path; it notes
its call and says "fine". Interpreters and shells are not covered (the stand-in needs one itself).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pykeepalived.config.schema import Bound
from pykeepalived.config.values import Script
from pykeepalived.lab import hostpackages

INTERPRETERS = re.compile(
    r"^(?:[bd]?ash|sh|zsh|ksh|env|python[\d.]*|perl|ruby|busybox|sudo|date|true|false)$"
)

STAND_IN = """\
#!/bin/sh
printf '%s %s %s\\n' "$(date +%s.%N)" "$0" "$*" 2>/dev/null >>{calls}
exit 0
"""


@dataclass(frozen=True, slots=True)
class StandIns:
    """What to cover on one director."""

    script: Path
    covered: tuple[str, ...]
    left: tuple[str, ...]
    """Programs that are run as they are, because they are interpreters."""
    absent: tuple[str, ...] = ()
    """Programs that this machine does not have, so that the daemon cannot call them either."""

    def shell(self) -> str:
        """Commands for the director's mount namespace."""
        return "".join(f" && mount -n --bind '{self.script}' '{path}'" for path in self.covered)


def scripts(block: Any) -> Iterator[Script]:
    """Every script that a configuration names, at any depth."""
    if isinstance(block, Script):
        yield block
    elif isinstance(block, Bound):
        for name, value in vars(block).items():
            if name not in ("head", "where"):
                yield from scripts(value)
    elif isinstance(block, tuple | list):
        for item in block:
            yield from scripts(item)


def prepare(name: str, config: Bound, out: Path) -> StandIns:
    """Write the stand-in of a director into ``out``; say what it covers."""
    paths = dict.fromkeys(script.argv[0] for script in scripts(config) if script.argv)
    there = [path for path in paths if path.startswith("/") and "'" not in path and Path(path).is_file()]
    absent = [path for path in paths if not shutil.which(path, path=hostpackages.search_path())]
    left = [path for path in there if INTERPRETERS.match(Path(path).resolve().name)]
    calls, script = out / f"{name}-scripts.log", out / f"{name}-stand-in.sh"
    calls.unlink(missing_ok=True)
    calls.touch()
    calls.chmod(0o666)
    script.write_text(STAND_IN.format(calls=f"'{calls}'"))
    script.chmod(0o755)
    return StandIns(script, tuple(path for path in there if path not in left), tuple(left), tuple(absent))


def calls(name: str, out: Path) -> list[str]:
    """Script and arguments of each call that was noted."""
    log = out / f"{name}-scripts.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return [line.partition(" ")[2] for line in lines]
