"""Which command was meant: one of ours, or keepalived's own command line.

A command is a module of this package with ``run(argv) -> int`` and ``HELP``, one line; the module's name is
the command's, with dashes.  Nothing is imported before it is needed: ``--version`` has to be quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

NOT_COMMANDS = frozenset({"__init__", "main", "keepalived", "optiontable", "config_test"})
"""Modules of this package that are parts of keepalived's command line."""


def commands() -> dict[str, str]:
    """Name of each command and the module that carries it out."""
    names = (path.stem for path in sorted(Path(__file__).parent.glob("*.py")))
    return {name.replace("_", "-"): name for name in names if name not in NOT_COMMANDS and name[0] != "_"}


def help_of(module: str) -> str:
    """The line ``HELP = "..."`` of a command, read without importing it."""
    import ast

    source = (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "HELP":
            value = getattr(node, "value", None)
            return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
    return ""


def run(argv: Sequence[str]) -> int:
    """Carry out a command line; the exit status."""
    if argv and not argv[0].startswith("-"):
        known = commands()
        if argv[0] not in known:
            return _unknown(argv[0], known)
        import importlib

        module = importlib.import_module(f"pykeepalived.cli.{known[argv[0]]}")
        status: int = module.run(list(argv[1:]))
        return status
    from pykeepalived.cli.keepalived import run as run_keepalived

    return run_keepalived(argv)


def _unknown(word: str, known: dict[str, str]) -> int:
    import difflib

    close = difflib.get_close_matches(word, known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    print(f"Unknown command '{word}'{hint}", file=sys.stderr)
    print(f"Commands: {', '.join(known)}; or keepalived's options, see --help", file=sys.stderr)
    return 1
