"""``pykeepalived warm``: write down ahead what makes starts quick, for packages, images, read-only systems.

Otherwise the first start does it, if it may write beside the program: the byte code of every module, the
methods of its dataclasses, and both in one file each (:mod:`pykeepalived.module_cache`,
:mod:`pykeepalived.method_cache`); and the tables of the grammar (:mod:`pykeepalived.syntax.lalr`).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from pykeepalived.cli.describing import summary

STARTED = (
    "pykeepalived.cli.keepalived",
    "pykeepalived.cli.config_test",
    "pykeepalived.cli.daemonhost",
    "pykeepalived.cli.daemonsettings",
    "pykeepalived.cli.files",
    "pykeepalived.cli.lint",
    "pykeepalived.cli.status",
    "pykeepalived.daemon.startup",
    "pykeepalived.plan.bfd",
    "pykeepalived.plan.health",
    "pykeepalived.syntax.structure",
)
"""What is started often or has to start quickly; the processes of the daemon come to it."""


def run(argv: Sequence[str]) -> int:
    """Import everything once with the caches on; 1 when their folder cannot be written."""
    parser = argparse.ArgumentParser(prog="pykeepalived warm", description=summary(__doc__))
    parser.parse_args(argv)
    from pykeepalived import method_cache, module_cache

    sys.dont_write_bytecode = False  # who asks for it wants it
    module_cache.begin()
    method_cache.begin()
    from pykeepalived.daemon.children import ENTRY_MODULES

    for name in (*STARTED, *ENTRY_MODULES.values()):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            # The D-Bus process needs a package that is optional; without it nothing starts that process.
            if (error.name or "").startswith("pykeepalived"):
                raise
    folder = os.path.dirname(module_cache.PATH)  # noqa: PTH120 -- a plain text there
    if not os.access(folder, os.W_OK):
        print(f"pykeepalived warm: {folder} cannot be written", file=sys.stderr)
        return 1
    from pykeepalived.syntax.structure import tree_by_grammar

    tree_by_grammar([], 0)
    method_cache.end()
    module_cache.end()
    return 0
