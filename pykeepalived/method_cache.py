"""What ``dataclasses`` makes of a class is made once, not at every start.

``dataclasses`` writes ``__init__``, ``__eq__`` and the like as text and has Python translate it whenever a
module is imported; with some 350 classes that is a third of the processor time of a start.  Between
:func:`begin` and :func:`end` what it made of a class is kept in a file beside the bytecode of this package,
by all that it was made of (fields, what kind of default each has, methods, arguments), so that none can be
out of date.  Defaults themselves always come from the class.

The file is trusted as much as the ``.pyc`` files of the same folder, and written under the same conditions:
when the folder can be written and PYTHONDONTWRITEBYTECODE is not set.  Without it everything is as ever.
"""

from __future__ import annotations

import abc
import dataclasses
import marshal
import os
import reprlib
import sys
from collections.abc import Iterable, Mapping
from types import CellType, FunctionType, MemberDescriptorType
from typing import Any

from pykeepalived import cache_file
from pykeepalived.cache_table import Table, laid_out

PATH = os.path.join(  # noqa: PTH118 -- pathlib has not been imported yet
    os.path.dirname(__file__),  # noqa: PTH120 -- the same
    "__pycache__",
    f"dataclasses.{sys.implementation.cache_tag}.made",
)
_MOST_BYTES = 8 << 20
"""What no class is made of any more stays in the file; when it has grown to this it begins anew."""

_UNDERSTOOD = (3, 11) <= sys.version_info < (3, 14)
"""The inside of ``dataclasses`` is no promise: another Python's does all of its work at every start."""
_process: Any = vars(dataclasses).get("_process_class")
_guard: Any = vars(dataclasses).get("_recursive_repr") or reprlib.recursive_repr()
_MADE_BY_FACTORY: Any = vars(dataclasses).get("_HAS_DEFAULT_FACTORY")
_FIELDS = "__dataclass_fields__"
_PARAMS = "__dataclass_params__"
_MEANT: dict[str, Any] = {
    "FrozenInstanceError": dataclasses.FrozenInstanceError,
    "MISSING": dataclasses.MISSING,
    "_HAS_DEFAULT_FACTORY": _MADE_BY_FACTORY,
    "__dataclass_HAS_DEFAULT_FACTORY__": _MADE_BY_FACTORY,
    "__dataclass_builtins_object__": object,
}
"""What generated functions call things that are not of their class."""
_DEFAULT_NAMES = (("_dflt_", ""), ("__dataclass_dflt_", "__"))
"""How they call the default of a field, or its factory: what stands before and behind its name."""
_NO_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")
"""What an annotation contains that declares no field."""
_KEYWORD_ONLY, _SLOTS = 7, 8
"""Places of these among the arguments of ``_process_class``."""
_OF_EVERY_CLASS = frozenset({_FIELDS, _PARAMS, "__dict__", "__weakref__", "__abstractmethods__", "_abc_impl"})
"""Attributes that are not taken from the file."""

Recorded = tuple[tuple[tuple[Any, ...], ...], tuple[tuple[str, str], ...], tuple[tuple[str, Any], ...]]
"""What has become of a class, as the file has it: methods (name, code, positional and other parameters with
defaults, whether ``recursive_repr`` guards it), attributes that are functions of ``dataclasses`` with their
names there, and plain values.
"""


class _Known:
    """A class that was made, for those that derive from it: per field what kind of default it has, the
    default itself or the factory, and the type.
    """

    __slots__ = ("defaults", "kinds", "types")

    def __init__(self, bases: Iterable[_Known]) -> None:
        self.kinds: dict[str, object] = {}
        self.defaults: dict[str, Any] = {}
        self.types: dict[str, str] = {}
        for base in bases:
            self.kinds.update(base.kinds)
            self.defaults.update(base.defaults)
            self.types.update(base.types)

    def declare(self, name: str, annotation: str, default: Any) -> None:
        """A field of the class itself; ``default`` is MISSING, a Field or a value."""
        self.types[name] = annotation
        if isinstance(default, dataclasses.Field):
            factory = default.default_factory is not dataclasses.MISSING
            self.defaults[name] = default.default_factory if factory else default.default
            self.kinds[name] = (
                factory,
                self.defaults[name] is dataclasses.MISSING,
                default.init,
                default.repr,
                default.hash,
                default.compare,
                default.kw_only is True,
            )
        else:
            self.defaults[name] = default
            self.kinds[name] = default is dataclasses.MISSING

    def of_parameter(self, field: str) -> Any:
        """The default that ``__init__`` shows for a field."""
        kind = self.kinds[field]
        return _MADE_BY_FACTORY if isinstance(kind, tuple) and kind[0] else self.defaults[field]

    def meant(self, called: str, cls: type) -> Any:
        """What a generated function of ``cls`` means by the name of something outside of it."""
        if called == "cls":
            return cls
        return _MEANT[called] if called in _MEANT else self.defaults[_field(called)]


class _Fields:
    """``__dataclass_fields__`` of a class, made when somebody asks: hardly anybody does."""

    __slots__ = ("_declared", "_keyword_only", "owner")

    def __init__(self, declared: Mapping[str, Any], keyword_only: bool) -> None:
        """``declared``: what the class had by the names of its fields before anything was made of it."""
        self._declared = declared
        self._keyword_only = keyword_only
        self.owner: type = object

    def __get__(self, instance: object, _: type | None = None) -> dict[str, dataclasses.Field[Any]]:
        fields: dict[str, dataclasses.Field[Any]] = {}
        for base in self.owner.__mro__[-1:0:-1]:
            fields.update(getattr(base, _FIELDS, {}))
        as_declared = type(self.owner.__name__, (), dict(self._declared))
        make = vars(dataclasses)["_get_field"]
        for name, annotation in _annotations(self.owner).items():
            fields[name] = make(as_declared, name, annotation, self._keyword_only)
        setattr(self.owner, _FIELDS, fields)
        return fields


class MethodCache:
    """What classes became, by what they were made of; ``made`` is what the file has not."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = Table.of_file(path)
        self._known: dict[type, _Known] = {}
        self._params: dict[tuple[bool, ...], object] = {}
        self.made: dict[bytes, bytes] = {}

    def process(self, cls: type, *arguments: bool) -> type:
        """What ``dataclasses._process_class`` does, with what it made of such a class before."""
        known = self._understand(cls)
        if known is None:
            made: type = _process(cls, *arguments)
            return made
        own = cls.__dict__
        slots = [base.__dict__.get("__slots__") for base in cls.__mro__[1:-1]]
        post_init = hasattr(cls, "__post_init__")
        made_of = (arguments, known.kinds, len(_annotations(cls)), tuple(own), slots, post_init)
        key = repr(made_of).encode()
        kept = None if self._file is None else self._file.get(key)
        if kept is not None:
            made = self._again(cls, arguments, known, marshal.loads(kept))
        else:
            before = dict(own)
            made = _process(cls, *arguments)
            recorded = _recorded(made, before, known)
            if recorded is None:
                return made
            if not sys.dont_write_bytecode:
                self.made[key] = marshal.dumps(recorded)
        self._known[made] = known
        return made

    def save(self) -> bool:
        """Write what is new, if there is anything; whether the file was written."""
        if not self.made:
            return False
        kept = {} if self._file is None else self._file.everything()
        everything = laid_out(kept | self.made)
        if len(everything) > _MOST_BYTES:
            everything = laid_out(self.made)
        return cache_file.written(self._path, everything)

    def _understand(self, cls: type) -> _Known | None:
        """None: there is something about the class that is left to ``dataclasses``."""
        bases = [base for base in cls.__mro__[-1:0:-1] if _FIELDS in base.__dict__]
        if not cls.__doc__ or not all(base in self._known for base in bases):
            return None
        known = _Known([self._known[base] for base in bases])
        for name, annotation in _annotations(cls).items():
            if not isinstance(annotation, str) or any(word in annotation for word in _NO_FIELDS):
                return None
            default = getattr(cls, name, dataclasses.MISSING)
            if isinstance(default, MemberDescriptorType):  # the slot of a base class
                default = dataclasses.MISSING
            known.declare(name, annotation, default)
        return known

    def _again(self, cls: type, arguments: tuple[bool, ...], known: _Known, recorded: Recorded) -> type:
        """Make of the class what was made of one like it."""
        functions, lent, values = recorded
        own = cls.__dict__
        declared = {name: own[name] for name in _annotations(cls) if name in own}
        fields = _Fields({"__module__": cls.__module__, **declared}, arguments[_KEYWORD_ONLY])
        added: dict[str, Any] = {_PARAMS: self._shared_params(arguments), _FIELDS: fields}
        scope = vars(sys.modules[cls.__module__])
        for name, code, positional, others, guarded in functions:
            cells = tuple([CellType(known.meant(called, cls)) for called in code.co_freevars])
            function = FunctionType(code, scope, name, None, cells)
            if positional:
                function.__defaults__ = tuple([known.of_parameter(field) for field in positional])
            if others:
                function.__kwdefaults__ = {field: known.of_parameter(field) for field in others}
            if name == "__init__":
                parameters = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
                function.__annotations__ = {one: known.types[one] for one in parameters} | {"return": None}
            function.__qualname__ = f"{cls.__qualname__}.{name}"
            added[name] = _guard(function) if guarded else function
        for name, there in lent:
            added[name] = vars(dataclasses)[there]
        added.update(values)
        if arguments[_SLOTS]:
            body = {name: value for name, value in own.items() if name not in known.kinds}
            body.pop("__dict__", None)
            body.pop("__weakref__", None)
            body.update(added)
            whole = type(cls)(cls.__name__, cls.__bases__, body)
            whole.__qualname__ = cls.__qualname__
        else:
            whole = cls
            for name, default in declared.items():
                if isinstance(default, dataclasses.Field):
                    if default.default is dataclasses.MISSING:
                        delattr(cls, name)
                    else:
                        setattr(cls, name, default.default)
            for name, value in added.items():
                setattr(cls, name, value)
        fields.owner = whole
        return abc.update_abstractmethods(whole)

    def _shared_params(self, arguments: tuple[bool, ...]) -> object:
        params = self._params.get(arguments)
        if params is None:
            kind = vars(dataclasses)["_DataclassParams"]
            params = self._params[arguments] = kind(*arguments[: len(kind.__slots__)])
        return params


def _annotations(cls: type) -> dict[str, Any]:
    """Of the class itself; ``inspect``, which could tell, is long to import."""
    found: dict[str, Any] = cls.__dict__.get("__annotations__", {})  # noqa: RUF063
    return found


def _recorded(cls: type, before: Mapping[str, Any], known: _Known) -> Recorded | None:
    """What ``dataclasses`` has put into a class; None: something that is not understood."""
    functions: list[tuple[Any, ...]] = []
    lent: list[tuple[str, str]] = []
    values: list[tuple[str, Any]] = []
    for name, value in cls.__dict__.items():
        if name in _OF_EVERY_CLASS or name in known.kinds or (name in before and before[name] is value):
            continue
        if value is None or isinstance(value, tuple | str):
            values.append((name, value))
            continue
        guarded = hasattr(value, "__wrapped__")
        function = value.__wrapped__ if guarded else value
        if not isinstance(function, FunctionType):
            return None
        if function.__globals__ is vars(dataclasses):
            lent.append((name, function.__name__))
            continue
        code = function.__code__
        if not all(called == "cls" or called in _MEANT or _field(called) for called in code.co_freevars):
            return None
        defaults = len(function.__defaults__ or ())
        positional = code.co_varnames[code.co_argcount - defaults : code.co_argcount]
        functions.append((name, code, positional, tuple(function.__kwdefaults__ or ()), guarded))
    return tuple(functions), tuple(lent), tuple(values)


def _field(called: str) -> str:
    """The field whose default, or its factory, generated functions call so; empty: none."""
    for before, behind in _DEFAULT_NAMES:
        if called.startswith(before) and called.endswith(behind):
            return called[len(before) : len(called) - len(behind)]
    return ""


_active: MethodCache | None = None


def begin() -> None:
    """Use the file for every dataclass from now on."""
    global _active
    if _active is None and _UNDERSTOOD:
        _active = MethodCache(PATH)
        vars(dataclasses)["_process_class"] = _active.process


def end() -> None:
    """Nothing large is imported after this: forget what the file has, keep what is new."""
    global _active
    if _active is not None:
        cache, _active = _active, None
        vars(dataclasses)["_process_class"] = _process
        cache.save()
