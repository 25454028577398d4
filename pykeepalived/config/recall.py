"""What the last load of a configuration says about the next one.

A file that is loaded again has mostly stayed as it was.  The blocks by the thousand, ``vrrp_instance`` and
``virtual_server``, do not look at one another while they are read and completed; what looks at several of
them (names given twice, VRIDs, sync groups) is done anew each time.  ``tests/support/neighbours.py`` finds a
handler that does look.  So such a block with the lines of the
last load is what it was then, moved to where it stands now, when

- all that stands outside such blocks is the same, in the same order, and the block comes after as much of it,
- whoever reads it knows as much about the account of scripts, and
- this machine still answers all questions that were asked then as it did then.

Blocks that anything was said about are not remembered; they are read again and complained about again.  When
one remembered block cannot be used, none is: the file is loaded as if there had been no earlier load.
"""

from __future__ import annotations

from _blake2 import blake2b  # as hashlib has it, without the OpenSSL that hashlib brings into every start
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.config.asked_host import AskedHost, Question
from pykeepalived.config.bound import Bound
from pykeepalived.config.frame import Frame
from pykeepalived.config.moving import ImmovableError, moved_block
from pykeepalived.config.schema import Keyword
from pykeepalived.syntax.nodes import Block, Document, Statement
from pykeepalived.syntax.wholes import KnownBlock, Place, WholeBlock, WholeBlocks

if TYPE_CHECKING:
    from pykeepalived.config.binder import Binder
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.host import Host

REMEMBERED = {"vrrp_instance": "vrrp_instances", "virtual_server": "virtual_servers"}
"""Keywords of the outermost level whose blocks are remembered, and where Config has those."""

_MORE_QUESTIONS = 256
"""So many more than the last whole load asked are kept: some belong to blocks that are gone by now."""


class ForgottenError(PykeepalivedError):
    """What is remembered does not hold for this load."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """One block, completed: its lines, what the reader knew of the account of scripts, and how much of the
    rest stood before it.  ``scripted``: it has scripts, which are asked about at every load.
    """

    whole: WholeBlock
    bound: Bound
    account: bool | None
    before: int
    scripted: bool

    def at(self, line: int) -> Bound:
        """The block with its head in this line."""
        if line == self.whole.line:
            return self.bound
        try:
            return moved_block(self.bound, line - self.whole.line)
        except ImmovableError as reason:
            raise ForgottenError(str(reason)) from reason


@dataclass(slots=True)
class _Load:
    """What one load left behind."""

    rest: bytes
    answers: dict[Question, Any]
    asked_by_whole: int
    """How many questions the last load asked that remembered nothing."""
    blocks: list[Remembered]


class Memory:
    """The last load, for the next one; whoever loads a file more than once keeps one of these."""

    def __init__(self) -> None:
        self._key: object = None
        self._last: _Load | None = None

    def recall(self, key: object, host: Host | None) -> Recall | None:
        """What is remembered for a load of ``key`` (all that a load is asked for); None for another one than
        that of the first time.
        """
        whole = key, host is None
        self._key = self._key or whole
        if self._key != whole:
            return None
        if self._last is None:
            return Recall(host)
        asked = None if host is None else AskedHost(host)
        if asked is not None and not asked.agrees(self._last.answers):
            return Recall(host)
        return Recall(host, asked, self._last)

    def keep(self, recall: Recall) -> None:
        """Remember a finished load in place of the one before; one that left nothing behind is forgotten."""
        self._last = recall.left()


@dataclass(slots=True)
class _Candidate:
    """A block that was read in this load, if the next one should need it again."""

    place: Place
    bound: Bound
    account: bool | None
    before: int


@dataclass(slots=True)
class Recall:
    """One load with what is remembered of the last.

    ``recalled`` says of each block of this load that is one of the last what it was there; it is complete
    when the load is.
    """

    _plain_host: Host | None
    _asked: AskedHost | None = None
    _last: _Load | None = None
    recalled: dict[int, Bound] = field(default_factory=dict)
    blocks: WholeBlocks = field(init=False)
    _known: dict[Place, Remembered] = field(default_factory=dict)
    _candidates: list[_Candidate] = field(default_factory=list)
    _rest: bytes = b""
    _kept: list[Remembered] | None = None
    _unscripted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self._asked is None and self._plain_host is not None:
            self._asked = AskedHost(self._plain_host)
        if self._last is not None:
            self._known = {(one.whole.file, one.whole.line): one for one in self._last.blocks}
        self.blocks = WholeBlocks(one.whole for one in self._known.values())

    @property
    def host(self) -> Host | None:
        """The machine, to be asked by this load."""
        return cast("Host | None", self._asked)

    @property
    def unscripted(self) -> Collection[int]:
        """The ids of recalled blocks that no script belongs to."""
        return self._unscripted

    def without(self) -> Recall:
        """The same load with nothing remembered."""
        return Recall(self._plain_host)

    def impossible(self) -> None:
        """This load is not of the kind that anything can be recalled in."""
        if self._known:
            raise ForgottenError("this load is of another kind")

    # ------------------------------------------------------------------------------- reading
    def read(self, binder: Binder, nodes: Iterable[Statement | Block]) -> None:
        """The outermost level, in reading order; ForgottenError when a known block is not what it was."""
        nodes = list(nodes)
        self._rest = _digest(node for node in nodes if not _is_remembered(node))
        if self._last is not None and self._last.rest != self._rest:
            raise ForgottenError("something outside the remembered blocks has changed")
        before = 0
        for node in nodes:
            if node.__class__ is KnownBlock:
                assert isinstance(node, KnownBlock)
                self._again(binder, node, before)
            elif isinstance(node, Block) and _is_remembered(node):
                self._first_time(binder, node, before)
            else:
                binder.walk((node,))
                before += 1

    def _again(self, binder: Binder, node: KnownBlock, before: int) -> None:
        known = self._known[node.whole.file, node.whole.line]
        account = binder.context.account
        if not binder.between_blocks or known.before != before or known.account is not account:
            raise ForgottenError(f"the block in line {node.head.line} is read after something else")
        keyword, frame = binder.enter_outermost(node.head)
        header = frame.schema.header
        if header is not None and not header(node.head, frame):
            return  # its name is taken: what was found there has been said
        bound = known.at(node.head.line)
        self._take(binder.root, keyword, node.head, bound)
        self.recalled[id(bound)] = known.bound
        if not known.scripted:
            self._unscripted.add(id(bound))
        self._candidates.append(_Candidate((node.head.file, node.head.line), bound, account, before))

    @staticmethod
    def _take(root: Frame, keyword: Keyword, head: Statement, bound: Bound) -> None:
        root.values.setdefault(keyword.attribute, []).append(bound)
        root.where.setdefault(keyword.attribute, head)

    def _first_time(self, binder: Binder, node: Block, before: int) -> None:
        context, values, name = binder.context, binder.root.values, REMEMBERED[node.head.words[0]]
        state = context.account, len(context.findings), binder.inert_count, len(values.get(name, ()))
        ready = binder.between_blocks
        binder.walk((node,))
        read = values.get(name, ())
        unchanged = state == (context.account, len(context.findings), binder.inert_count, len(read) - 1)
        if ready and unchanged and binder.between_blocks:
            place = node.head.file, node.head.line
            self._candidates.append(_Candidate(place, read[-1], context.account, before))

    # ------------------------------------------------------------------------------- the end
    def finish(
        self, config: Config, document: Document, complained: Collection[int], scripted: Collection[int]
    ) -> None:
        """The load is complete: ``complained`` and ``scripted`` are the ids of blocks that something was said
        about, and that have scripts.
        """
        there = {id(block) for name in REMEMBERED.values() for block in getattr(config, name)}
        kept = []
        for one in self._candidates:
            whole = self.blocks.found.get(one.place)
            if whole is not None and id(one.bound) in there and id(one.bound) not in complained:
                has_scripts = id(one.bound) in scripted
                kept.append(Remembered(whole, one.bound, one.account, one.before, has_scripts))
        self._kept = None if document.copy_differs else kept

    def left(self) -> _Load | None:
        if self._kept is None:
            return None
        answers = {} if self._asked is None else self._asked.answers
        asked_by_whole = len(answers) if self._last is None else self._last.asked_by_whole
        if len(answers) > asked_by_whole + _MORE_QUESTIONS:
            return None
        return _Load(self._rest, answers, asked_by_whole, self._kept)


def _is_remembered(node: Statement | Block) -> bool:
    return isinstance(node, Block) and bool(node.head.words) and node.head.words[0] in REMEMBERED


def _digest(nodes: Iterable[Statement | Block]) -> bytes:
    """A short stand-in for all that nodes say, wherever they stand."""
    digest = blake2b()

    def add(statement: Statement) -> None:
        words = "\x1f".join(statement.words)
        said = f"{statement.__class__.__name__}\x1f{statement.text}\x1f{words}\x1e"
        digest.update(said.encode("utf-8", "surrogateescape"))

    stack: list[Iterable[Statement | Block]] = [iter(nodes)]
    while stack:
        for node in stack[-1]:
            if isinstance(node, Block):
                add(node.head)
                digest.update(b"{")
                stack.append(iter(node.children))
                break
            add(node)
        else:
            stack.pop()
            digest.update(b"}")
    return digest.digest()
