"""``pykeepalived``: which command was meant, one of ours, or keepalived's own command line.

A command is a module of this package with ``run(argv) -> int`` that says what it does, in a line
``HELP = "..."`` or in a docstring that begins with its name as this one does; the module's name is the
command's, with dashes.  Nothing is imported before it is needed: ``--version`` has to be quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HELP = r'^HELP(?:: \w+)? = "(.+)"$|\A"""``pykeepalived [a-z][a-z-]*``: (.+)$'


def commands() -> dict[str, str]:
    """Name of each command and what it does, read without importing it."""
    from pathlib import Path

    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if says := _purpose(path):
            found[path.stem.replace("_", "-")] = says
    return found


def _is_command(word: str) -> bool:
    from pathlib import Path

    name = word.replace("-", "_")
    return name.isidentifier() and "_" not in word and _purpose(Path(__file__).parent / f"{name}.py") != ""


def _purpose(module: Path) -> str:
    """What the command of a module does; empty: it is none."""
    import re

    try:
        match = re.search(_HELP, module.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return ""
    return (match[1] or match[2]).strip('"').replace("``", "") if match else ""


def run(argv: Sequence[str]) -> int:
    """Carry out a command line; the exit status."""
    if argv and not argv[0].startswith("-"):
        word = argv[0]
        return _command(word, list(argv[1:])) if _is_command(word) else _unknown(word, commands())
    from pykeepalived.cli.keepalived import run as run_keepalived

    return run_keepalived(argv)


def _command(name: str, argv: list[str]) -> int:
    """Run a command; what the system refuses is said in a line, with ``python -X dev`` as a traceback too."""
    import importlib

    from pykeepalived import method_cache

    method_cache.begin()
    try:
        module = importlib.import_module(f"pykeepalived.cli.{name.replace('-', '_')}")
        status: int = module.run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; the interpreter would say so again when it closes the stream.
        _drop_output()
        return 128 + 13
    except KeyboardInterrupt:
        return 128 + 2
    except OSError as error:
        if sys.flags.dev_mode:
            raise
        if error.filename is None:
            _drop_output()
            print(f"pykeepalived {name}: {error.strerror or error}", file=sys.stderr)
        else:
            print(f"pykeepalived {name}: {error.filename}: {error.strerror or error}", file=sys.stderr)
        return 2
    finally:
        method_cache.end()
    return status


def _drop_output() -> None:
    """Send what is still in the buffer nowhere."""
    import os

    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)


def _unknown(word: str, known: dict[str, str]) -> int:
    import difflib

    close = difflib.get_close_matches(word, known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    print(f"Unknown command '{word}'{hint}", file=sys.stderr)
    print(f"Commands: {', '.join(known)}; or keepalived's options, see --help", file=sys.stderr)
    return 1
