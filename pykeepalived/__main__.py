"""``python -m pykeepalived`` and the installed command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process."""
    from pykeepalived import module_cache

    module_cache.begin()
    try:
        from pykeepalived.cli.main import run

        return run(sys.argv[1:])
    finally:
        module_cache.end()


if __name__ == "__main__":
    sys.exit(main())
