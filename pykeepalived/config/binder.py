"""One reading of a document: each statement to its keyword, each block to its frame.

What keepalived does with a line or a brace that is wrong is done here too.  How often a document is read, and
for whom, is decided in :mod:`pykeepalived.config.bind`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pykeepalived.base.diagnostic import LINE_IGNORED, Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.bound import Bound, assemble
from pykeepalived.config.frame import Context, Frame
from pykeepalived.config.memo import Reading, Watch
from pykeepalived.config.schema import REJECTED, Keyword, Repeat, Shape, View
from pykeepalived.config.suggest import did_you_mean
from pykeepalived.syntax.nodes import Block, Brace, Document, Statement
from pykeepalived.syntax.repeats import RepeatedBlock

if TYPE_CHECKING:
    from pykeepalived.config.recall import Recall

ReadingKey = tuple[int, int, bool | None, int]

_EVERY_READER = View.PARENT | View.CHECKER | View.VRRP | View.BFD
_BFD = View.BFD.value
_FIRST_OF = {view: View(view & -view) for view in range(1, _EVERY_READER.value + 1)}
"""The first of the readers that a number stands for."""

_PENDING = -1
"""Value of ``skip``: the block to skip has not shown its opening brace yet."""


class UnsoundError(Exception):
    """The structure needs one reading per process."""


class Binder:
    """One reading of a document, as the process or processes ``active`` would make it."""

    def __init__(self, context: Context, active: View, *, strict: bool = False) -> None:
        self.context = context
        self.active = active
        self.strict = strict
        self.root = Frame(context, Config.schema, None, None, None)
        self.frame = self.root
        self.values_keyword: Keyword | None = None  # set while inside a value block
        self.values_head: Statement | None = None
        self.values_found: list[Any] = []
        self.awaiting_brace = False
        self.skip = 0
        self.skip_ends_block = False
        self.readings: dict[ReadingKey, Reading | None] = {}

    # ------------------------------------------------------------------------------- traversal
    def read(self, document: Document, recall: Recall | None = None) -> None:
        """Feed the tree in source order; a stack instead of recursion, as files may nest without bound.

        With ``recall``, which may raise ForgottenError, what it knows is not read again.
        """
        nodes = document.children
        if self.strict:
            # The first reader has seen all of global_defs before another one starts.
            nodes = sorted(nodes, key=self._is_for_others)
        if recall is None:
            self.walk(nodes)
        else:
            recall.read(self, nodes)
        self.end_of_file()

    @property
    def between_blocks(self) -> bool:
        """Whether what comes next stands at the outermost level, whatever came before."""
        return (
            self.frame is self.root
            and not self.skip
            and self.values_keyword is None
            and not self.awaiting_brace
        )

    @property
    def inert_count(self) -> int:
        """How often keywords were met that nothing acts on."""
        return sum(entry[3] for entry in self.context.inert.values())

    def enter_outermost(self, head: Statement) -> tuple[Keyword, Frame]:
        """The keyword of a block of the outermost level, and a frame for it, which is not entered."""
        keyword = self.root.keywords[head.words[0]]
        assert keyword.block is not None
        self.context.muted = False
        self.context.view = _FIRST_OF[keyword.view.value]
        return keyword, Frame(self.context, keyword.block.schema, keyword, head, self.root)

    def walk(self, nodes: Iterable[Statement | Block]) -> None:
        """Nodes of one level with all that is in them."""
        stack: list[tuple[Block | None, Iterator[Statement | Block]]] = [(None, iter(nodes))]
        while stack:
            block, inner = stack[-1]
            for node in inner:
                if isinstance(node, Block):
                    if node.__class__ is RepeatedBlock and self.again(node):
                        continue
                    if node.head.words:
                        self.statement(node.head, node)
                    self.open(node)
                    if node.__class__ is RepeatedBlock and self.first_time(node):
                        continue
                    stack.append((node, iter(node.children)))
                    break
                if node.stray:
                    self.closing(node)
                else:
                    self.statement(node, None)
            else:
                stack.pop()
                if block is not None and block.closing is not None:
                    self.closing(block.closing)

    def first_time(self, node: RepeatedBlock) -> bool:
        """Read the body of a block that was just opened, and remember what it says if that can be had again.

        False when nothing was done.
        """
        frame = self.frame
        keyword = frame.keyword
        if frame.head is not node.head or keyword is None or not keyword.many or not self.strict:
            return False
        if self.skip or self.values_keyword is not None or keyword.troubled or frame.parent is self.root:
            return False
        key = self.reading_key(keyword, node)
        if key in self.readings:
            return False
        watch = Watch(frame)
        self.walk(node.children)
        self.readings[key] = watch.reading()
        self.closing(node.closing)
        return True

    def again(self, node: RepeatedBlock) -> bool:
        """Do at once with a block what was done with one of the same lines; False when that cannot be."""
        frame = self.frame
        keyword = frame.keywords.get(node.head.words[0])
        if keyword is None or self.skip or self.values_keyword is not None or self.awaiting_brace:
            return False
        reading = self.readings.get(self.reading_key(keyword, node))
        if reading is None:
            return False
        if not keyword.effective:
            self.context.inert[id(keyword)][3] += 1
        inner = reading.frame(frame, node)
        schema = inner.schema
        if schema.header is not None and not schema.header(node.head, inner):
            return True
        reading.repeat(inner)
        if schema.closing is None or schema.closing(inner):
            attribute = keyword.attribute
            frame.values.setdefault(attribute, []).append(finish(inner))
            frame.where.setdefault(attribute, node.head)
        return True

    def reading_key(self, keyword: Keyword, node: RepeatedBlock) -> ReadingKey:
        """What a reading depends on; accounts may change while global_defs is read."""
        context = self.context
        return id(keyword), id(node.body), context.account, len(context.global_values)

    @staticmethod
    def _is_for_others(node: Statement | Block) -> bool:
        words = (node.head if isinstance(node, Block) else node).words
        keyword = Config.schema.keywords.get(words[0]) if words else None
        return keyword is not None and keyword.view is not View.PARENT

    def statement(self, statement: Statement, block: Block | None) -> None:
        if self.skip:
            if self.skip != _PENDING:
                return
            self.skip = 0  # the skipped keyword had no block after all
            self.skip_ends_block = False
        if self.values_keyword is not None:
            if self.awaiting_brace:
                # keepalived takes the lines for values and does not miss the brace.
                if self.strict:
                    raise UnsoundError
                self.awaiting_brace = False
            self.value_line(statement)
            return
        if self.awaiting_brace:
            self.unopened(statement)
        frame = self.frame
        if frame is self.root:
            self.context.muted = False
        words = statement.words
        keyword = frame.keywords.get(words[0]) if words else None
        if keyword is None or keyword.extension is not statement.pragma:
            self.unknown(statement, block)
            return
        if frame is self.root:
            # Plain numbers here: an operation on flags takes as long as all else that a statement needs.
            view = keyword.view._value_
            if not view & self.active._value_:
                if keyword.shape is not Shape.LINE:
                    self.skip = _PENDING
                return
            shared_with_bfd = bool(view & _BFD)
            self.context.muted = shared_with_bfd and not self.active & View.BFD
            if self.strict:
                self.context.view = View.BFD if shared_with_bfd else _FIRST_OF[view]
        if not keyword.effective:
            entry = self.context.inert.setdefault(id(keyword), [keyword, frame.schema.name, statement, 0])
            entry[3] += 1
        if keyword.shape is Shape.LINE:
            self.line(frame, keyword, statement)
        elif keyword.shape is Shape.BLOCK:
            self.enter(frame, keyword, statement, block)
        else:
            self.enter_values(frame, keyword, statement, block)

    def open(self, block: Block) -> None:
        if self.skip:
            self.skip = 1 if self.skip == _PENDING else self.skip + 1
        elif self.awaiting_brace:
            self.awaiting_brace = False
        elif self.values_keyword is not None:
            span = block.open_span or block.head.span()
            self.value_line(Statement("{", ("{",), span.file, span.line, span.column))
        else:
            if self.strict:
                raise UnsoundError
            self.report(
                "unexpected-brace", "an opening brace without a block", block.open_span, "it is ignored"
            )

    def closing(self, brace: Brace | Statement) -> None:
        if self.skip == _PENDING:
            self.skip = 0
        if self.skip:
            self.skip -= 1
            if not self.skip and self.skip_ends_block:
                self.abandon()
            return
        if self.values_keyword is not None:
            self.leave_values(brace)
            return
        if self.awaiting_brace:
            self.awaiting_brace = False
            self.report("missing-open", "the block has no opening brace", brace.span(), "it ends here")
        if self.frame.parent is None:
            if self.strict:
                raise UnsoundError
            self.context.muted = False
            self.report("stray-brace", "a closing brace without a block", brace.span(), "it is ignored")
            return
        self.frame.close = brace
        self.leave()

    def abandon(self) -> None:
        """After a list that was skipped keepalived falls out of the block around it, which is lost."""
        self.skip_ends_block = False
        if self.frame.parent is not None:
            self.frame = self.frame.parent

    def end_of_file(self) -> None:
        depth = 0
        if self.values_keyword is not None:
            depth += 1
            self.leave_values(None)
        depth += max(self.skip, 0)
        while self.frame.parent is not None:
            depth += 1
            self.leave()
        if depth:
            if self.strict:
                raise UnsoundError
            what = "closing brace is" if depth == 1 else "closing braces are"
            self.report("missing-close", f"{depth} {what} missing at the end of the file", None, None)

    def unopened(self, statement: Statement) -> None:
        if self.strict:
            raise UnsoundError
        self.awaiting_brace = False
        self.report(
            "missing-open", "an opening brace is missing before this line", statement.span(),
            "the lines that follow are read as if it were there",
        )  # fmt: skip

    def report(self, code: str, message: str, span: Span | None, consequence: str | None) -> None:
        self.context.report(Diagnostic(code, Severity.ERROR, message, span, None, consequence))

    def unknown(self, statement: Statement, block: Block | None) -> None:
        if block is not None and self.strict:
            raise UnsoundError
        word = statement.keyword
        if statement.pragma:
            self.context.report(
                Diagnostic(
                    "unknown-extension", Severity.WARNING, f"'{word}' is not an extension that belongs here",
                    statement.span(), did_you_mean(word, self.frame.schema, extension=True),
                    "the comment is ignored", 0,
                )
            )  # fmt: skip
            return
        where = f"in {self.frame.schema.name}" if self.frame.schema.name else "at the outermost level"
        consequence = LINE_IGNORED
        if block is not None:
            consequence = "its block is read as part of the enclosing one"
        self.context.report(
            Diagnostic(
                "unknown-keyword",
                Severity.ERROR,
                f"'{word}' is not a keyword {where}",
                statement.span(),
                did_you_mean(word, self.frame.schema),
                consequence,
                subject=self.frame.subject(),
            )
        )

    # ------------------------------------------------------------------------------- one line
    def line(self, frame: Frame, keyword: Keyword, statement: Statement) -> None:
        """A keyword with its words."""
        if keyword.troubled:
            self.trouble(frame, keyword, statement)
        kind = keyword.kind
        attribute = keyword.attribute
        value: Any = True
        if kind is not None:
            value = kind.read(statement, frame)
            if value is REJECTED:
                return
        if keyword.handler is not None:
            value = keyword.handler(frame, keyword, statement, value)
            if value is REJECTED:
                return
        repeat = keyword.repeat
        if repeat is not Repeat.LAST and attribute in frame.where:
            if repeat is Repeat.FIRST:
                self.repeated(frame, keyword, statement, "the first one counts")
                return
            if repeat is Repeat.OVERWRITE:
                self.repeated(frame, keyword, statement, "this one replaces it")
            elif repeat is Repeat.APPEND:
                value = (*frame.values[attribute], value)
            elif repeat is Repeat.EXTEND:
                value = frame.values[attribute] + value
        elif repeat is Repeat.APPEND:
            value = (value,)
        frame.values[attribute] = value
        frame.where[attribute] = statement

    def repeated(self, frame: Frame, keyword: Keyword, statement: Statement, consequence: str) -> None:
        first = frame.where[keyword.attribute]
        frame.error(
            "repeated-keyword", f"{statement.keyword} was given already in line {first.line}", statement, 0,
            consequence=consequence,
        )  # fmt: skip

    def trouble(self, frame: Frame, keyword: Keyword, statement: Statement) -> None:
        """The spelling is deprecated: keepalived complains (``reported``) or only logs."""
        word = statement.keyword
        instead, reported = keyword.deprecated, keyword.reported
        if word != keyword.name:
            alias = next(a for a in keyword.aliases if a.name == word)
            instead, reported = alias.deprecated, alias.reported
        if instead:
            frame.error(
                "deprecated-keyword", f"{word} is deprecated", statement, 0, hint=f"write {instead}",
                consequence="it is used", exit_class=5 if reported else 0,
            )  # fmt: skip

    # ------------------------------------------------------------------------------- blocks
    def enter(self, frame: Frame, keyword: Keyword, statement: Statement, block: Block | None) -> None:
        assert keyword.block is not None
        inner = Frame(self.context, keyword.block.schema, keyword, statement, frame)
        if keyword.many is False:
            self.reopen(inner, keyword, statement)
        header = inner.schema.header
        if header is not None and not header(statement, inner):
            self.skip = _PENDING
            return
        if keyword.troubled:
            self.trouble(frame, keyword, statement)
        self.frame = inner
        self.awaiting_brace = True
        body = inner.keywords.get("")
        if body is not None:
            self.values_keyword = body
            self.values_head = statement
            self.values_found = []

    def reopen(self, inner: Frame, keyword: Keyword, statement: Statement) -> None:
        """A block that exists once: a second one adds to it, or replaces it (with an error)."""
        earlier = inner.parent.scratch.get(keyword.attribute) if inner.parent else None
        if earlier is not None:
            if keyword.repeat is Repeat.OVERWRITE:
                inner.error(
                    "repeated-keyword", f"a second {keyword.name} block", statement, 0,
                    consequence="it replaces the first",
                )  # fmt: skip
            else:
                inner.values, inner.where = earlier.values, earlier.where
        if inner.parent is not None:
            inner.parent.scratch[keyword.attribute] = inner

    def leave(self) -> None:
        """The closing brace of a block: keepalived's last checks, then the finished block."""
        frame = self.frame
        parent = frame.parent
        keyword = frame.keyword
        assert parent is not None and keyword is not None
        self.frame = parent
        self.awaiting_brace = False
        closing = frame.schema.closing
        if closing is not None and not closing(frame):
            return
        if frame.schema.name == "global_defs":
            self.context.global_values = frame.values
        built = finish(frame)
        attribute = keyword.attribute
        if keyword.many:
            parent.values.setdefault(attribute, []).append(built)
        else:
            parent.values[attribute] = built
        assert frame.head is not None
        parent.where.setdefault(attribute, frame.head)

    def enter_values(self, frame: Frame, keyword: Keyword, statement: Statement, block: Block | None) -> None:
        if keyword.repeat is Repeat.FIRST and keyword.attribute in frame.where:
            if self.strict:
                raise UnsoundError
            self.repeated(frame, keyword, statement, "the first one counts; what follows it is misread")
            self.skip = _PENDING
            self.skip_ends_block = True
            return
        if len(statement.words) > 1:
            frame.error(
                "extra-words", f"{statement.keyword} takes no words before its brace", statement, 1,
                hint="write each entry on a line of its own between the braces",
                consequence="they are ignored",
            )  # fmt: skip
        self.values_keyword = keyword
        self.values_head = statement
        self.values_found = []
        self.awaiting_brace = True

    def value_line(self, statement: Statement) -> None:
        keyword = self.values_keyword
        assert keyword is not None and keyword.kind is not None
        if not statement.words:
            return
        if keyword.kind.each_word and len(statement.words) > 1:
            for index in range(len(statement.words)):
                self.value_line(statement.part(index))
            return
        value = keyword.kind.read(statement, self.frame)
        if value is REJECTED:
            return
        if keyword.handler is not None:
            value = keyword.handler(self.frame, keyword, statement, value)
            if value is REJECTED:
                return
        self.values_found.append(value)

    def leave_values(self, brace: Brace | Statement | None) -> None:
        keyword = self.values_keyword
        statement = self.values_head
        frame = self.frame
        assert keyword is not None and statement is not None
        self.values_keyword = None
        self.awaiting_brace = False
        attribute = keyword.attribute
        if keyword.closing is not None:
            frame.close = brace
            keyword.closing(frame, keyword, statement, self.values_found)
        frame.values[attribute] = (*frame.values.get(attribute, ()), *self.values_found)
        frame.where.setdefault(attribute, statement)
        if not keyword.name:
            frame.close = brace
            self.leave()

    def finish(self) -> Config:
        """The configuration of a sound file."""
        config = finish(self.root)
        assert isinstance(config, Config)
        return config


def finish(frame: Frame) -> Bound:
    """The frozen block of a frame."""
    values = frame.values
    for attribute, value in values.items():
        if value.__class__ is list:
            values[attribute] = tuple(value)
    return assemble(frame.schema.cls, frame.head, frame.where, values)
