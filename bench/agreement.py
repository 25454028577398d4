"""How far ``-t`` agrees with keepalived 2.4.3 on published files: ``bench/agreement.py [--shared DIR]``.

Runs ``-t`` on every file of the corpus and of its mutants, each in network, mount and UTS namespaces of its
own, without and with stand-ins for the scripts that the files name, and compares with what keepalived's own
binary said there (``verdicts.json``).  Prints a Markdown table, per set and mode.  Needs root and the folder
``../shared`` with the corpus and ``bench/verdicts.py``; takes some four minutes.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = {
    "accept/reject": r"accept/reject agree +(\d+)/(\d+)",
    "exit status": r"same exit status +(\d+)/(\d+)",
    "lines": r"same complained lines +(\d+)/(\d+)",
    "subjects": r"same complained subjects +(\d+)/(\d+)",
    "silence": r"silent/not silent agree +(\d+)/(\d+)",
}
"""Column → what ``verdicts.py`` prints about a set."""


def compared(shared: Path, mode: str) -> list[tuple[str, str]]:
    """Name and figures of each set, as ``verdicts.py compare`` prints them."""
    command = [
        sys.executable, str(shared / "bench" / "verdicts.py"), "compare", "--dir", str(shared / "corpus"),
        "--cmd", f"{sys.executable} -m pykeepalived -t -f", "--scripts", mode, "--list", "0",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "TOTAL" not in done.stdout:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    sets = re.split(r"^(?=\S+: \d+ files)", done.stdout, flags=re.MULTILINE)[1:]
    return [("mutants" if "mutants:" in text.splitlines()[0] else "corpus", text) for text in sets]


def figure(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        return "?"
    agree, files = int(found[1]), int(found[2])
    return f"{agree}/{files} ({agree / files:.1%})"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    shared = options.parse_args().shared
    if not (shared / "corpus" / "verdicts.json").exists():
        print(f"no corpus in {shared}: nothing is compared")
        return
    print("| set | scripts | " + " | ".join(ROWS) + " |")
    print("|---|---|" + "---|" * len(ROWS))
    for mode in ("bare", "stub"):
        for name, text in compared(shared, mode):
            figures = " | ".join(figure(pattern, text) for pattern in ROWS.values())
            print(f"| {name} | {mode} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
