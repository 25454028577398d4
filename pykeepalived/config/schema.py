"""One declaration per keyword, from which everything else follows.

A block of the language is a class decorated with :func:`block`; a keyword is a field declared with one of
:func:`keyword`, :func:`flag`, :func:`many`, :func:`lines` or :func:`child`.  The class becomes a frozen
dataclass whose attributes are the bound values; its :class:`BlockSchema` (``schema_of``) is what the binder,
the dump, the reference table and the JSON schema read.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast, dataclass_transform, overload

from pykeepalived.config.bound import Bound, amend, as_bound, assemble, fill
from pykeepalived.config.effective import is_effective
from pykeepalived.syntax.nodes import Statement

T = TypeVar("T")
D = TypeVar("D")
C = TypeVar("C", bound="Bound")
T_co = TypeVar("T_co", covariant=True)


class View(enum.IntFlag):
    """Which of keepalived's readers acts on a top-level block.

    keepalived reads a configuration once per process, in this order, and each reader skips what is not its
    own.  On a file with sound braces that makes no difference; on others it decides which lines are
    complained about.
    """

    PARENT = 1
    CHECKER = 2
    VRRP = 4
    BFD = 8


class Repeat(enum.Enum):
    """What a second occurrence of a keyword within one block means."""

    LAST = "last one counts"
    FIRST = "first one counts, the others are errors"
    OVERWRITE = "last one counts, reported as an error"
    APPEND = "all count"
    EXTEND = "the lists add up"
    CUSTOM = "see the description"


class Shape(enum.Enum):
    """What follows the keyword."""

    LINE = "words"
    VALUES = "a brace list of lines"
    BLOCK = "a block of keywords"


class Site(Protocol):
    """What a kind may ask and tell while it reads one statement (implemented by the binder)."""

    values: dict[str, Any]

    @property
    def running(self) -> bool:
        """Whether a daemon reads: keepalived's is milder than its ``-t`` with numbers that are none."""
        ...

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
    ) -> None: ...

    def missing(self, statement: Statement, word: int, what: str, exit_class: int) -> None: ...

    def routing_name(self, file: str, name: str) -> int | None:
        """The number that iproute2's ``file`` gives a name on this host; None when it gives none."""
        ...


class Rejected(enum.Enum):
    """The type of :data:`REJECTED`."""

    REJECTED = "rejected"


REJECTED = Rejected.REJECTED
"""What ``read`` returns when the statement gives no value; the kind has said why."""


class Kind(Generic[T_co]):
    """How the words of one statement become a value.

    ``read`` reports what is wrong through ``site`` and returns REJECTED then.  ``write`` is the inverse:
    the words that give ``value`` again.  ``words`` is the form for the documentation.
    """

    words: str = ""
    each_word: ClassVar[bool] = False
    """In a value block: each word of a line is a value of its own."""

    def read(self, statement: Statement, site: Site) -> T_co | Rejected:
        raise NotImplementedError

    def write(self, value: Any) -> str:
        return str(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Alias:
    """Another spelling.  ``deprecated`` names what to write instead; ``reported`` means that keepalived
    makes a configuration error of each use (exit status 5)."""

    name: str
    deprecated: str | None = None
    reported: bool = False


class Handler(Protocol):
    """Runs after a value was read: returns the value to store, or REJECTED when it must not count."""

    def __call__(self, site: Any, keyword: Keyword, statement: Statement, value: Any) -> Any: ...


class ListClosing(Protocol):
    """Runs at the closing brace of a value block; may change the list."""

    def __call__(self, site: Any, keyword: Keyword, statement: Statement, found: list[Any]) -> None: ...


@dataclass(slots=True)
class Keyword:
    """Everything known about one keyword of one block."""

    name: str
    shape: Shape
    kind: Kind[Any] | None
    repeat: Repeat
    doc: str
    default: Any = None
    attribute: str = ""
    aliases: tuple[Alias, ...] = ()
    deprecated: str | None = None
    reported: bool = False
    requires: str | None = None
    default_text: str | None = None
    block: type[Bound] | None = None
    many: bool = False
    handler: Handler | None = None
    view: View = View.PARENT
    extension: bool = False
    closing: ListClosing | None = None
    effective: bool = True
    """Whether this program acts on it (see :mod:`pykeepalived.config.effective`)."""
    troubled: bool = False
    """Whether some spelling of it is deprecated."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *(alias.name for alias in self.aliases))


class Header(Protocol):
    """Reads the words between the keyword of a block and its brace into attributes of the block.

    Returns False when the block must be skipped as a whole.
    """

    def __call__(self, statement: Statement, site: Any) -> bool: ...


class Closing(Protocol):
    """Runs at the closing brace; returns False when the block is dropped."""

    def __call__(self, site: Any) -> bool: ...


@dataclass
class BlockSchema:
    """The keywords of one block, put together when first asked for: a file has few kinds of blocks."""

    name: str
    cls: type[Bound]
    doc: str
    header: Header | None = None
    header_words: str = ""
    header_text: Callable[[Any], str] | None = None
    closing: Closing | None = None

    @cached_property
    def keywords(self) -> dict[str, Keyword]:
        """By every spelling, aliases included.  TypeError: one is declared twice."""
        found: dict[str, Keyword] = {}
        for item in fields(self.cls):
            for declared in item.metadata.get("keywords") or [item.metadata.get("keyword")]:
                if declared is not None:
                    self._declare(found, declared, item.name)
        return found

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Attribute → value when the file says nothing."""
        return {item.name: item.default for item in fields(self.cls) if item.default is not MISSING}

    def _declare(self, found: dict[str, Keyword], declared: Keyword, attribute: str) -> None:
        """Enter a keyword under all its spellings; a mixin's is copied, as each block may differ."""
        spec = replace(
            declared,
            attribute=attribute,
            effective=declared.name == "" or is_effective(self.name, declared.name),
            troubled=bool(declared.deprecated or any(alias.deprecated for alias in declared.aliases)),
        )
        for spelling in spec.names:
            if spelling in found:
                raise TypeError(f"{self.name}: {spelling} is declared twice")
            found[spelling] = spec

    def declarations(self) -> list[Keyword]:
        """The keywords in order of declaration, each once."""
        return list({id(k): k for k in self.keywords.values()}.values())


def schema_of(block_class: type[Bound]) -> BlockSchema:
    return block_class.schema


# ------------------------------------------------------------------------------------ field specifiers
def _spec(spec: Keyword, default: Any) -> Any:
    spec.default = default
    return field(default=default, metadata={"keyword": spec})


@overload
def keyword(
    name: str,
    kind: Kind[T],
    *,
    doc: str,
    repeat: Repeat = ...,
    aliases: tuple[Alias, ...] = ...,
    deprecated: str | None = ...,
    reported: bool = ...,
    requires: str | None = ...,
    default_text: str | None = ...,
    handler: Handler | None = ...,
    view: View = ...,
    extension: bool = ...,
) -> T | None: ...


@overload
def keyword(
    name: str,
    kind: Kind[T],
    *,
    default: T,
    doc: str,
    repeat: Repeat = ...,
    aliases: tuple[Alias, ...] = ...,
    deprecated: str | None = ...,
    reported: bool = ...,
    requires: str | None = ...,
    default_text: str | None = ...,
    handler: Handler | None = ...,
    view: View = ...,
    extension: bool = ...,
) -> T: ...


def keyword(
    name: str,
    kind: Kind[Any],
    *,
    default: Any = None,
    doc: str,
    repeat: Repeat = Repeat.LAST,
    aliases: tuple[Alias, ...] = (),
    deprecated: str | None = None,
    reported: bool = False,
    requires: str | None = None,
    default_text: str | None = None,
    handler: Handler | None = None,
    view: View = View.PARENT,
    extension: bool = False,
) -> Any:
    """A keyword with one value.  ``default_text`` says where an absent value comes from."""
    spec = Keyword(
        name, Shape.LINE, kind, repeat, doc, aliases=aliases, deprecated=deprecated, reported=reported,
        requires=requires, default_text=default_text, handler=handler, view=view, extension=extension,
    )  # fmt: skip
    return _spec(spec, default)


def flag(
    name: str,
    *,
    doc: str,
    aliases: tuple[Alias, ...] = (),
    deprecated: str | None = None,
    reported: bool = False,
    requires: str | None = None,
    handler: Handler | None = None,
    view: View = View.PARENT,
) -> bool:
    """A keyword without a value; further words are ignored."""
    spec = Keyword(
        name, Shape.LINE, None, Repeat.LAST, doc, aliases=aliases, deprecated=deprecated,
        reported=reported, requires=requires, handler=handler, view=view,
    )  # fmt: skip
    return cast(bool, _spec(spec, False))


def many(
    name: str,
    kind: Kind[T],
    *,
    doc: str,
    aliases: tuple[Alias, ...] = (),
    requires: str | None = None,
    handler: Handler | None = None,
    view: View = View.PARENT,
    default_text: str | None = None,
    extension: bool = False,
) -> tuple[T, ...]:
    """A keyword that may be given several times; the values add up."""
    spec = Keyword(
        name, Shape.LINE, kind, Repeat.APPEND, doc, aliases=aliases, requires=requires, handler=handler,
        view=view, many=True, default_text=default_text, extension=extension,
    )  # fmt: skip
    return cast("tuple[T, ...]", _spec(spec, ()))


def lines(
    name: str,
    kind: Kind[T],
    *,
    doc: str,
    repeat: Repeat = Repeat.APPEND,
    view: View = View.PARENT,
    default_text: str | None = None,
    handler: Handler | None = None,
    closing: ListClosing | None = None,
) -> tuple[T, ...]:
    """A value block: each line between its braces is read by ``kind``.

    With an empty name the lines are the body of the block itself.
    """
    spec = Keyword(
        name, Shape.VALUES, kind, repeat, doc, view=view, many=True, default_text=default_text,
        handler=handler, closing=closing,
    )  # fmt: skip
    return cast("tuple[T, ...]", _spec(spec, ()))


def child(
    name: str,
    block_class: type[C],
    *,
    doc: str,
    repeat: Repeat = Repeat.LAST,
    view: View = View.PARENT,
    requires: str | None = None,
    present: bool = False,
) -> Any:
    """A block that is there at most once: None when the file has none, or, with ``present``, its defaults."""
    spec = Keyword(name, Shape.BLOCK, None, repeat, doc, block=block_class, view=view, requires=requires)
    return _spec(spec, block_class() if present else None)


def children(
    *blocks: type[C],
    doc: str,
    view: View = View.PARENT,
    aliases: Mapping[str, tuple[Alias, ...]] = MappingProxyType({}),
) -> tuple[C, ...]:
    """Blocks that may be there several times; each class brings its keyword."""
    specs = [
        Keyword(
            b.schema.name, Shape.BLOCK, None, Repeat.APPEND, b.schema.doc, default=(), block=b, many=True,
            view=view, aliases=aliases.get(b.schema.name, ()),
        )
        for b in blocks
    ]  # fmt: skip
    return cast("tuple[C, ...]", field(default=(), metadata={"keywords": specs, "doc": doc}))


def named(*, doc: str, default: Any = None) -> Any:
    """An attribute that the header of the block gives (its name, address or port)."""
    return field(default=default, metadata={"header": doc})


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(keyword, flag, many, lines, child, children, named),
)
def block(
    name: str,
    *,
    header: Header | None = None,
    header_words: str = "",
    header_text: Callable[[Any], str] | None = None,
    closing: Closing | None = None,
    abstract: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Make a class the schema and the value type of the block ``name``."""

    def decorate(cls: type[T]) -> type[T]:
        doc = (cls.__doc__ or "").strip()
        made = as_bound(cls)
        if abstract:
            return made
        cast(Any, made).schema = BlockSchema(
            name,
            cast("type[Bound]", made),
            doc,
            header=header,
            header_words=header_words,
            header_text=header_text,
            closing=closing,
        )
        return made

    return decorate


__all__ = [
    "REJECTED", "Alias", "BlockSchema", "Bound", "Closing", "Handler", "Header", "Keyword", "Kind",
    "ListClosing", "Rejected", "Repeat", "Shape", "Site", "View", "amend", "assemble", "block", "child",
    "children", "fill", "flag", "keyword", "lines", "many", "named", "schema_of",
]  # fmt: skip
