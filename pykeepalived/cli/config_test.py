"""``pykeepalived -t -f FILE``: keepalived's configuration test, with keepalived's exit statuses.

Each finding is one line, ``FILE:LINE:COLUMN: text``; what keepalived reports without a line starts with the
instance in brackets or with the service.  0 means nothing to complain about (a missing main file included),
2 a
needed word is missing, 4 cannot run, 5 configuration error, 6 script security or include check.  What is only
"accepted, not yet acted on" is not shown here but by ``pykeepalived lint``.

Only what a test needs is imported: no loop, no logging, no netlink.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TextIO

from pykeepalived.cli.files import FileLoader
from pykeepalived.cli.host import RealHost
from pykeepalived.config.load import load
from pykeepalived.config.tested import tested_text

DEFAULT_FILE = "/etc/keepalived/keepalived.conf"


def run(
    path: str | None = None,
    *,
    log_file: str | None = None,
    config_id: str | None = None,
    all_config: bool = False,
) -> int:
    """Test one configuration and print what is wrong; returns the exit status of ``keepalived -t``.

    ``log_file`` gets the lines instead of standard error (appended); ``config_id`` defaults to the host
    name up to its first dot; ``all_config`` makes every include check an error (``-e``).
    """
    if log_file:
        try:
            out = open(log_file, "a", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 -- open until the end
        except OSError as error:
            print(f"{log_file} cannot be written: {error.strerror}; nothing was tested", file=sys.stderr)
            return 1
        with out:
            return _test(path or DEFAULT_FILE, out, config_id, all_config)
    return _test(path or DEFAULT_FILE, sys.stderr, config_id, all_config)


def _test(path: str, out: TextIO, config_id: str | None, all_config: bool) -> int:
    from pykeepalived.syntax.includes import IncludeCheck

    loaded = load(
        path,
        FileLoader(),
        host=RealHost(),
        config_id=socket.gethostname().split(".")[0] if config_id is None else config_id,
        include_checks=IncludeCheck.ALL if all_config else IncludeCheck.NONE,
    )
    text = tested_text(loaded.findings)
    out.write(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    out.flush()
    return loaded.exit_status


def main() -> int:
    """For use beside the real command line: ``python -m pykeepalived.cli.config_test FILE``."""
    return run(sys.argv[1] if len(sys.argv) > 1 else None)


if __name__ == "__main__":
    # Nothing needs to be torn down, and a large configuration takes its time to free.
    status = main()
    sys.stderr.flush()
    os._exit(status)
