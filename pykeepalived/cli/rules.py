"""``pykeepalived rules``: the rules of the linter, as a table, as JSON or as the reference page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from pykeepalived.cli.describing import summary
from pykeepalived.lint.manual import markdown, rule_object, table
from pykeepalived.lint.registry import all_rules


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived rules", description=summary(__doc__))
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    parser.add_argument(
        "--markdown", dest="format", action="store_const", const="markdown", help="docs/rules.md"
    )
    options = parser.parse_args(argv)
    if options.format == "json":
        text = json.dumps([rule_object(rule) for rule in all_rules()], indent=1, ensure_ascii=False) + "\n"
    else:
        text = markdown() if options.format == "markdown" else table()
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
