"""Where the binder stands: one frame per open block.

A frame is what a kind, a header or a closing function sees (the ``Site`` of the schema): the values bound so
far, the enclosing frame, the names defined earlier in the file, and the host.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.config.host import Host
from pykeepalived.config.schema import BlockSchema, Keyword, View
from pykeepalived.syntax.nodes import Brace, Statement
from pykeepalived.syntax.repeats import RepeatedBlock

STOPS = 2
"""Exit status of ``keepalived -t`` when a needed word is missing: it stops at that line."""


@dataclass(slots=True)
class Finding:
    """A diagnostic and the reader of keepalived that would have made it."""

    diagnostic: Diagnostic
    view: View
    lineless: bool = False
    """keepalived names no line for it, although we know one."""


@dataclass(slots=True)
class Context:
    """What all frames of one reading share."""

    host: Host | None = None
    running: bool = False
    """Whether it is for a daemon, and not for -t or a linter."""
    view: View = View.PARENT
    """The reader that the current top-level block belongs to."""
    muted: bool = False
    """Inside a block of which this reader takes the name and another one the contents."""
    findings: list[Finding] = field(default_factory=list)
    inert: dict[int, list[Any]] = field(default_factory=dict)
    """Keywords met that nothing acts on yet: id of the declaration → [keyword, block, statement, count]."""
    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was defined so far: kind of object (``script``, ``file`` …) → name → its values."""
    account: bool | None = None
    """Whether there is an account for scripts that name none; None while nobody needed it."""
    global_values: dict[str, Any] = field(default_factory=dict)
    """What global_defs says; readers other than the first know all of it from the start."""

    asked_outside: int = 0
    """How often a block looked at what was defined before it or stands around it."""

    def report(self, diagnostic: Diagnostic, *, lineless: bool = False) -> None:
        if self.muted:
            return
        self.findings.append(Finding(diagnostic, self.view, lineless))

    def known(self, what: str) -> dict[str, Any]:
        self.asked_outside += 1
        return self.names.setdefault(what, {})


class Frame:
    """One open block."""

    __slots__ = (
        "close",
        "context",
        "head",
        "keyword",
        "keywords",
        "parent",
        "schema",
        "scratch",
        "values",
        "where",
    )  # fmt: skip

    def __init__(
        self,
        context: Context,
        schema: BlockSchema,
        keyword: Keyword | None,
        head: Statement | None,
        parent: Frame | None,
    ) -> None:
        self.context = context
        self.schema = schema
        self.keywords = schema.keywords
        self.keyword = keyword
        self.head = head
        self.parent = parent
        self.values: dict[str, Any] = {}
        self.where: MutableMapping[str, Statement] = {}
        self.scratch: dict[str, Any] = {}
        self.close: Brace | Statement | RepeatedBlock | None = None

    @property
    def running(self) -> bool:
        return self.context.running

    def get(self, attribute: str) -> Any:
        """The value bound so far, else the default."""
        value = self.values.get(attribute, self)
        if value is not self:
            return value
        return self.schema.defaults[attribute]

    def place(self) -> Span | None:
        """Where a message at the closing brace belongs."""
        if self.close is not None:
            return self.close.closing.span() if isinstance(self.close, RepeatedBlock) else self.close.span()
        return self.head.span() if self.head is not None else None

    def error(
        self,
        code: str,
        message: str,
        statement: Statement,
        word: int = 0,
        *,
        hint: str | None = None,
        consequence: str | None = None,
        exit_class: int = 5,
    ) -> None:
        """Report about word ``word`` of a statement."""
        self.context.report(
            Diagnostic(
                code,
                Severity.ERROR if exit_class else Severity.WARNING,
                message,
                statement.span(word),
                hint,
                consequence,
                exit_class,
                self.subject(),
            )
        )

    def error_at_close(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        consequence: str | None = None,
        exit_class: int = 5,
    ) -> None:
        """Report about the block as a whole; keepalived does so at its closing brace."""
        self.context.report(
            Diagnostic(
                code, Severity.ERROR, message, self.place(), hint, consequence, exit_class, self.subject()
            ),
            lineless=self.close is None,  # the file ended first: keepalived is in no line then
        )

    def missing(self, statement: Statement, word: int, what: str, exit_class: int) -> None:
        """Report that a needed word is absent."""
        consequence = "keepalived stops reading here" if exit_class == STOPS else "this line is ignored"
        self.error(
            "missing-word", f"{statement.keyword} needs a value", statement, word,
            hint=f"the form is: {statement.keyword} {what}", consequence=consequence, exit_class=exit_class,
        )  # fmt: skip

    def subject(self) -> str | None:
        """The instance or other named block that this frame is in."""
        frame: Frame | None = self
        while frame is not None:
            name = frame.values.get("name")
            if isinstance(name, str):
                return name
            frame = frame.parent
        return None

    def routing_name(self, file: str, name: str) -> int | None:
        """The number that iproute2's ``file`` gives a name on this host; None when it gives none."""
        self.context.asked_outside += 1
        host = self.context.host
        if host is None:
            return None
        return host.routing_names(file, self.context.global_values.get("iproute_etc_dir")).get(name)

    def outer(self, block: str) -> Frame | None:
        """The nearest enclosing frame of a block with this name."""
        self.context.asked_outside += 1
        frame = self.parent
        while frame is not None and frame.schema.name != block:
            frame = frame.parent
        return frame
