"""What of the logs of twins differs: which lines, and how often each was written.

Meant for a person to read: wording differs on purpose in many a line, and who is told of something more often
than the other may be right.
"""

from __future__ import annotations

import collections
import re
from pathlib import Path

_DATE = re.compile(r"^\w{3} \w{3} [ \d]{2} [\d:]{8} \d{4}: ")
_CHANGING = re.compile(r"pid[= ]\d+|seq=\d+|\(\d+\)|in \d+ usec|\d+\.\d+ s")
_BEGIN_AND_END = re.compile(
    r"^(Starting|Running on|Command line|Configuration file|NOTICE|\s+'|Stopp|Startup complete|Reload|pid "
    r"|SECURITY VIOLATION|scheduling: |memory: )"
)
"""What each says in its own way at the beginning, at the end and around a reload."""


def differences(ours: Path, theirs: Path) -> list[str]:
    """Lines that one log has more often than the other, ``ours: `` or ``keepalived: `` before them."""
    counted = [_lines(path) for path in (ours, theirs)]
    return [
        f"{whose}: {line}" + (f" ({times} times more)" if times > 1 else "")
        for whose, more, less in (("ours", *counted), ("keepalived", *reversed(counted)))
        for line, times in sorted((more - less).items())
    ]


def _lines(path: Path) -> collections.Counter[str]:
    folder = re.escape(str(path.parent))
    found: collections.Counter[str] = collections.Counter()
    for line in path.read_text(errors="replace").splitlines():
        text = re.sub(folder, "", _CHANGING.sub("#", _DATE.sub("", line)))
        if not _BEGIN_AND_END.search(text):
            found[text] += 1
    return found
