"""``pykeepalived lsp``: language server for keepalived.conf, for editors, on standard input and output.

It needs pygls, which comes with the extra ``lsp``.  Exit status: 0 after a shutdown request, 1 when
the editor went away without one, 2 usage or pygls missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence

from pykeepalived.cli.describing import summary

HOW_TO_INSTALL = "the language server needs pygls; install it with: pip install 'pykeepalived[lsp]'"


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived lsp", description=summary(__doc__))
    parser.add_argument("--stdio", action="store_true", help="the only way there is, and the default")
    parser.parse_args(argv)
    if importlib.util.find_spec("pygls") is None:
        print(f"pykeepalived lsp: {HOW_TO_INSTALL}", file=sys.stderr)
        return 2
    from pykeepalived.cli.language.features import make_server

    # The protocol gets the output to itself: a stray print elsewhere must not break into a message.
    sys.stdout.flush()
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server = make_server()
    server.start_io(stdout=output)
    return 0 if server.asked_to_stop else 1
