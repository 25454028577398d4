"""``python -m pykeepalived`` and the installed command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process."""
    from pykeepalived.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
