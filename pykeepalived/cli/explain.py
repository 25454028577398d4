"""``pykeepalived explain``: a rule (PK407), a keyword, or why a running instance is in its state."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from pykeepalived.cli.asking import NoAnswerError, add_pid_option


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pykeepalived explain", description=(__doc__ or "").partition(": ")[2]
    )
    parser.add_argument("words", nargs="+", metavar="CODE|KEYWORD|INSTANCE")
    add_pid_option(parser)
    options = parser.parse_args(argv)
    parts, status = [], 0
    for word in options.words:
        text = (None if options.pid else _explain(word)) or _instance(word, options.pid)
        if text is None:
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


def _instance(word: str, pid_file: str | None) -> str | None:
    """Why the instance of this name is in its state; None, after saying why, when nobody can tell."""
    from pykeepalived.cli.asking import NotRunningError
    from pykeepalived.cli.status import document_of, no_such_instance
    from pykeepalived.cli.status_explain import explain
    from pykeepalived.cli.status_words import printable

    try:
        document = document_of(pid_file)
    except NotRunningError as problem:
        if pid_file is None:
            print(f"neither a rule nor a keyword: {word}{_near(word)}", file=sys.stderr)
            print(f"nor an instance that anybody could be asked about: {problem}", file=sys.stderr)
        else:
            print(problem, file=sys.stderr)
        return None
    except NoAnswerError as problem:
        print(problem, file=sys.stderr)
        return None
    text = explain(document, word)
    if text is None:
        words = "" if pid_file else f"neither a rule nor a keyword{_near(word)}; "
        print(f"{words}{no_such_instance(word, document)}", file=sys.stderr)
    return text and printable(text)


def _near(word: str) -> str:
    from pykeepalived.config.reference import blocks
    from pykeepalived.lint.registry import all_rules

    known = {name for _, schema in blocks() for name in schema.keywords if name}
    known |= {name for rule in all_rules() for name in (rule.code, rule.name)}
    near = get_close_matches(word, known, 3) or get_close_matches(word.upper(), known, 3)
    return f"; did you mean {', '.join(near)}?" if near else ""
