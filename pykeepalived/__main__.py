"""``python -m pykeepalived`` and the installed command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process."""
    from pykeepalived.cli.main import run

    status = run(sys.argv[1:])
    if tested := sys.modules.get("pykeepalived.cli.config_test"):
        tested.leave(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
