"""Lines as the configuration reader counts them: only LF ends a line.

``str.splitlines`` would also split at form feeds, NEL and other characters that stand inside real files,
and every later line number would be wrong.
"""

from __future__ import annotations


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` without their LF or CR LF; an empty text has none."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def split_lines_keeping_ends(text: str) -> list[str]:
    """As :func:`split_lines`, each line with what ended it, so that joining gives ``text`` again."""
    lines = text.split("\n")
    kept = [line + "\n" for line in lines[:-1]]
    return kept + ([lines[-1]] if lines[-1] else [])
