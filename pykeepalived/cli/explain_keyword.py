"""``pykeepalived explain-keyword``: what a word of keepalived.conf means, where, and whether we act on it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from pykeepalived.cli.describing import summary
from pykeepalived.config.reference import blocks, explain


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived explain-keyword", description=summary(__doc__))
    parser.add_argument("word", metavar="WORD")
    word = parser.parse_args(argv).word
    text = explain(word)
    if text is None:
        known = {name for _, schema in blocks() for name in schema.keywords}
        near = get_close_matches(word, known, 3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        print(f"no block knows the keyword {word}{hint}", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0
