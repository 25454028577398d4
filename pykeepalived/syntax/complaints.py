"""What the reader complains about, in words."""

from __future__ import annotations

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.syntax.includes import INCLUDE_EXIT_CLASS

UNREADABLE_EXIT_CLASS = 4


def no_configuration(
    message: str, span: Span, hint: str | None = None, *, unreadable: bool = False
) -> Diagnostic:
    """The main file: keepalived says so, reads nothing and exits with 0 under ``-t``; if it is there and
    may not be read, with 4.
    """
    consequence = "there is no configuration"
    exit_class = UNREADABLE_EXIT_CLASS if unreadable else 0
    return Diagnostic("file-missing", Severity.FATAL, message, span, hint, consequence, exit_class)


def several_main_files(pattern: str, count: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "several-main-files",
        Severity.ERROR,
        f"{pattern} means {count} files",
        span,
        consequence="all of them are read, one after the other",
    )


def includes_itself(path: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "include-endless",
        Severity.ERROR,
        f"{path} includes itself",
        span,
        consequence="it is not read again",
    )


def unreadable(path: str, error: OSError, span: Span, *, failed: bool) -> Diagnostic:
    """``failed``: a check asks for an error."""
    return Diagnostic(
        "file-unreadable",
        Severity.ERROR if failed else Severity.WARNING,
        f"{path} cannot be read: {error.strerror or error}",
        span,
        consequence="nothing of it is used",
        exit_class=INCLUDE_EXIT_CLASS if failed else 0,
    )


def endless(span: Span) -> Diagnostic:
    return Diagnostic(
        "expansion-endless",
        Severity.ERROR,
        "definitions and sequences stand for too many lines here, or for themselves",
        span,
        consequence="the further lines are left out",
    )


def stray_brace(span: Span) -> Diagnostic:
    return Diagnostic(
        "stray-brace",
        Severity.ERROR,
        "this '}' closes nothing: no block is open",
        span,
        consequence="it is ignored",
    )


def unterminated_quote(span: Span) -> Diagnostic:
    return Diagnostic(
        "unterminated-quote",
        Severity.ERROR,
        "a double quote is opened and not closed on its line",
        span,
        hint="close it on the same line; a backslash does not make a quote an ordinary character",
        consequence="the rest of the line from the last quote on is lost",
    )
