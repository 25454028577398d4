"""``pykeepalived explain``: a rule (PK407), a keyword, or why a running instance is in its state."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from pykeepalived.cli.asking import NoAnswerError, add_pid_option
from pykeepalived.cli.describing import summary


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived explain", description=summary(__doc__))
    parser.add_argument("words", nargs="+", metavar="CODE|KEYWORD|INSTANCE")
    add_pid_option(parser)
    options = parser.parse_args(argv)
    parts, status = [], 0
    for word in options.words:
        # With a pid file an instance is meant, even if a keyword has its name.
        written = None if options.pid else _explain(word)
        answered, complaint = (None, "") if written else _instance(word, options.pid)
        text = written or answered or (_explain(word) if options.pid else None)
        if text is None:
            print(complaint, file=sys.stderr)
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


def _instance(word: str, pid_file: str | None) -> tuple[str | None, str]:
    """Why the instance of this name is in its state; or None, and why nobody can tell."""
    from pykeepalived.cli.asking import NotRunningError
    from pykeepalived.cli.status import document_of, no_such_instance
    from pykeepalived.cli.status_explain import explain
    from pykeepalived.cli.status_words import printable

    neither = f"neither a rule nor a keyword{_near(word)}"
    try:
        document = document_of(pid_file)
    except NotRunningError as problem:
        if pid_file is not None:
            return None, str(problem)
        return None, f"{word}: {neither}; nor an instance that could be asked about: {problem}"
    except NoAnswerError as problem:
        return None, str(problem)
    text = explain(document, word)
    if text is None:
        return None, f"{word}: {neither}; {no_such_instance(word, document)}"
    return printable(text), ""


def _near(word: str) -> str:
    from pykeepalived.config.reference import blocks
    from pykeepalived.lint.registry import all_rules

    known = {name for _, schema in blocks() for name in schema.keywords if name}
    known |= {name for rule in all_rules() for name in (rule.code, rule.name)}
    near = get_close_matches(word, known, 3) or get_close_matches(word.upper(), known, 3)
    return f" (did you mean {', '.join(near)}?)" if near else ""
