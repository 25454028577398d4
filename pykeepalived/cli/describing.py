"""What ``--help`` says a command is for, from the docstring of its module."""

from __future__ import annotations


def summary(doc: str | None) -> str:
    """The first sentence of a docstring that begins with the command's name, as a sentence of its own."""
    text = (doc or "").split("\n\n")[0].partition(": ")[2].replace("``", "")
    return text[:1].upper() + text[1:]
