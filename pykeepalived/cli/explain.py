"""``pykeepalived explain``: the manual page of a rule (PK407, duplicate-vrid) or of a keyword."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pykeepalived explain", description=(__doc__ or "").partition(": ")[2]
    )
    parser.add_argument("words", nargs="+", metavar="CODE|KEYWORD")
    parts, status = [], 0
    for word in parser.parse_args(argv).words:
        text = _explain(word)
        if text is None:
            print(f"neither a rule nor a keyword: {word}{_near(word)}", file=sys.stderr)
            status = 1
        else:
            parts.append(text)
    sys.stdout.write("\n".join(parts))
    return status


def _explain(word: str) -> str | None:
    from pykeepalived.lint.manual import page
    from pykeepalived.lint.registry import find_rule

    rule = find_rule(word)
    if rule is not None:
        return page(rule)
    from pykeepalived.config.reference import explain

    return explain(word)


def _near(word: str) -> str:
    from pykeepalived.config.reference import blocks
    from pykeepalived.lint.registry import all_rules

    known = {name for _, schema in blocks() for name in schema.keywords if name}
    known |= {name for rule in all_rules() for name in (rule.code, rule.name)}
    near = get_close_matches(word, known, 3) or get_close_matches(word.upper(), known, 3)
    return f"; did you mean {', '.join(near)}?" if near else ""
