"""What dataclasses become: kept, used again, the same as ever, and never trusted when it is not whole."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar

import pytest

from pykeepalived import cache_table, method_cache
from pykeepalived.method_cache import MethodCache


@pytest.fixture(autouse=True)
def bytecode_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@contextmanager
def used(cache: MethodCache) -> Iterator[None]:
    before = vars(dataclasses)["_process_class"]
    vars(dataclasses)["_process_class"] = cache.process
    try:
        yield
    finally:
        vars(dataclasses)["_process_class"] = before


def pair(of_second: object = 5) -> type:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Pair:
        """Two."""

        one: int
        two: Any = of_second

    return Pair


def twice(tmp_path: Path, make: Callable[[], type]) -> tuple[type, type]:
    """The class as dataclasses made it, and as it comes from the file."""
    path = str(tmp_path / "made")
    first = MethodCache(path)
    with used(first):
        one = make()
    assert first.save()
    second = MethodCache(path)
    with used(second):
        other = make()
    assert second.made == {}, "it was made anew"
    return one, other


def test_a_class_is_made_once_and_comes_from_the_file_the_next_time(tmp_path: Path) -> None:
    for made in twice(tmp_path, pair):
        assert made(1) == made(1, 5)
        assert made(1) != made(1, 6)
        assert repr(made(1)).endswith("Pair(one=1, two=5)")
        assert hash(made(1)) == hash(made(1, 5))
        assert ("one", "two") == made.__slots__ == made.__match_args__  # type: ignore[attr-defined]
        assert made(1, 2) == dataclasses.replace(made(1), two=2)
        assert {"one": 1, "two": 5} == dataclasses.asdict(made(1))
        with pytest.raises(dataclasses.FrozenInstanceError):
            made(1).one = 2
        with pytest.raises(TypeError, match="missing 1 required"):
            made()


def test_a_default_is_that_of_the_class_and_not_the_one_it_had(tmp_path: Path) -> None:
    path = str(tmp_path / "made")
    first = MethodCache(path)
    with used(first):
        pair(5)
    first.save()
    second = MethodCache(path)
    with used(second):
        made = pair(6)
    assert {} == second.made
    assert 6 == made(1).two
    assert [dataclasses.MISSING, 6] == [field.default for field in dataclasses.fields(made)]


@dataclasses.dataclass(frozen=True, slots=True)
class Picklable:
    """Found by its name."""

    one: int


def test_what_was_pickled_before_is_read_by_a_class_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> type:
        @dataclasses.dataclass(frozen=True, slots=True)
        class Picklable:
            """Found by its name."""

            one: int

        Picklable.__qualname__ = "Picklable"
        return Picklable

    _, made = twice(tmp_path, make)
    data = pickle.dumps(Picklable(7))
    monkeypatch.setitem(globals(), "Picklable", made)
    assert made(7) == pickle.loads(data) == pickle.loads(pickle.dumps(made(7)))


def derived() -> type:
    @dataclasses.dataclass(slots=True, kw_only=True)
    class Base:
        """Has them by name only."""

        name: str
        words: list[str] = dataclasses.field(default_factory=list)
        hidden: int = dataclasses.field(default=3, repr=False, compare=False)

    @dataclasses.dataclass(slots=True)
    class Derived(Base):
        """Has another default for one."""

        first: int
        hidden: int = dataclasses.field(default=4, kw_only=True)
        seen: list[str] = dataclasses.field(default_factory=list, init=False)

        def __post_init__(self) -> None:
            self.seen.append(self.name)

    return Derived


def test_factories_names_only_and_classes_that_derive_are_the_same(tmp_path: Path) -> None:
    for made in twice(tmp_path, derived):
        one, other = made(1, name="a"), made(1, name="b")
        assert ["a"] == one.seen
        assert one.words is not other.words
        assert 4 == one.hidden
        assert "Derived(name='a', words=[], hidden=4, first=1, seen=['a'])" == repr(one).split(".")[-1]
        assert vars(made)["__hash__"] is None
        assert ("first", "seen") == made.__slots__  # type: ignore[attr-defined]
        assert ["name", "words", "hidden", "first", "seen"] == [one.name for one in dataclasses.fields(made)]
        with pytest.raises(TypeError):
            made(1, "a")


def test_a_class_without_slots_keeps_its_defaults_and_loses_its_factories(tmp_path: Path) -> None:
    def make() -> type:
        @dataclasses.dataclass
        class Plain:
            """Has no slots."""

            one: int = dataclasses.field(default=1)
            two: list[int] = dataclasses.field(default_factory=list)

        return Plain

    for made in twice(tmp_path, make):
        assert 1 == made.one  # type: ignore[attr-defined]
        assert not hasattr(made, "two")
        assert [] == made().two


def test_what_is_not_understood_is_left_to_dataclasses(tmp_path: Path) -> None:
    cache = MethodCache(str(tmp_path / "made"))
    with used(cache):

        @dataclasses.dataclass
        class Odd:
            """With something that is no field."""

            one: int
            total: ClassVar[int] = 5

    assert {} == cache.made
    assert ["one"] == [field.name for field in dataclasses.fields(Odd)]


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data[1:]])
def test_a_file_that_is_not_whole_or_of_another_interpreter_is_as_none(tmp_path: Path, harm: object) -> None:
    path = tmp_path / "made"
    first = MethodCache(str(path))
    with used(first):
        pair()
    first.save()
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes()))

    second = MethodCache(str(path))
    with used(second):
        assert 5 == pair()(1).two
    assert list(first.made) == list(second.made)


def test_without_a_folder_that_can_be_written_everything_is_as_ever(tmp_path: Path) -> None:
    cache = MethodCache(str(tmp_path / "missing" / "made"))
    with used(cache):
        assert 5 == pair()(1).two
    assert not cache.save()


def test_nothing_is_written_where_python_writes_no_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cache = MethodCache(str(tmp_path / "made"))
    with used(cache):
        pair()
    assert not cache.save()
    assert [] == list(tmp_path.iterdir())


def test_classes_with_the_same_checksum_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zlib, "crc32", lambda data: 7)

    def make() -> type:
        pair()
        return derived()

    _, made = twice(tmp_path, make)
    assert 4 == made(1, name="a").hidden


def test_what_is_new_is_added_until_the_file_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "made")
    for make in (pair, derived):
        cache = MethodCache(path)
        with used(cache):
            make()
        assert cache.save()
    both = MethodCache(path)
    with used(both):
        pair()
        derived()
    assert {} == both.made

    monkeypatch.setattr(method_cache, "_MOST_BYTES", 1)
    with used(both):

        @dataclasses.dataclass
        class Third:
            """Another one."""

            three: int

    assert both.save()
    last = MethodCache(path)
    with used(last):
        pair()
    assert 1 == len(last.made), "the file began anew"


def test_between_begin_and_end_the_file_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_ever = vars(dataclasses)["_process_class"]
    monkeypatch.setattr(method_cache, "PATH", str(tmp_path / "made"))
    method_cache.begin()
    try:
        pair()
    finally:
        method_cache.end()
    assert vars(dataclasses)["_process_class"] is as_ever
    assert (tmp_path / "made").exists()


DESCRIBE = """
import importlib, json, sys
sys.dont_write_bytecode = False
from pykeepalived import cache_table, method_cache
if sys.argv[1]:
    method_cache.PATH = sys.argv[1]
    method_cache.begin()
left = []
make = method_cache._process
def noted(cls, *arguments):
    left.append(f"{cls.__module__}.{cls.__qualname__}")
    return make(cls, *arguments)
method_cache._process = noted
from pykeepalived.daemon.children import ENTRY_MODULES
from pykeepalived.cli.warm import STARTED
for name in (*STARTED, *ENTRY_MODULES.values()):
    if not name.endswith("dbus_process"):
        importlib.import_module(name)
new = len(method_cache._active.made) if sys.argv[1] else -1
anew = [name for name in left if not name.startswith("pykeepalived.config.b")]  # blocks: light
method_cache.end()
from tests.unit.test_method_cache import description
import dataclasses
found = {}
for name, module in sorted(sys.modules.items()):
    if name.startswith("pykeepalived."):
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == name and dataclasses.is_dataclass(cls):
                found[f"{name}.{cls.__qualname__}"] = description(cls)
print(json.dumps([new, found, anew]))
"""


def description(cls: type) -> list[str]:
    """Everything that dataclasses put into a class."""
    found = [f"{field!r}" for field in dataclasses.fields(cls)]
    found.append(repr(vars(cls)["__dataclass_params__"]))
    for name, value in sorted(vars(cls).items()):
        if isinstance(value, FunctionType):
            function = getattr(value, "__wrapped__", value)
            code = function.__code__
            cells = [
                called if called == "cls" else repr(cell.cell_contents)
                for called, cell in zip(code.co_freevars, function.__closure__ or (), strict=True)
            ]
            found.append(
                f"{name} {function.__module__} {value.__qualname__} {code.co_code.hex()} {code.co_names} "
                f"{code.co_varnames} {cells} {function.__defaults__!r} {function.__kwdefaults__!r} "
                f"{function.__annotations__!r} {value is function}"
            )
        elif name in {"__slots__", "__match_args__", "__hash__", "__doc__", "__annotations__"}:
            found.append(f"{name} {value!r}")
    return [importlib.import_module("re").sub(r" at 0x[0-9a-f]+", "", text) for text in found]


def test_every_class_of_a_start_is_what_dataclasses_would_have_made(tmp_path: Path) -> None:
    def described(cache: str) -> tuple[int, dict[str, list[str]], list[str]]:
        done = subprocess.run(
            [sys.executable, "-c", DESCRIBE, cache], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        new, found, left = json.loads(done.stdout)
        return new, found, left

    _, as_ever, _ = described("")
    path = str(tmp_path / "made")
    assert described(path)[0] > 200
    new, from_file, left = described(path)
    assert 0 == new
    # A class without a docstring, or with a ClassVar, is made anew at each start: 0.7 ms each.
    assert [] == left
    assert len(as_ever) > 300
    assert as_ever == from_file


@pytest.mark.parametrize(
    "field",
    [
        {"kw_only": True},
        {"init": False},
        {"repr": False},
        {"hash": False},
        {"compare": False},
        {"default_factory": int},
    ],
    ids=lambda field: next(iter(field)),
)
def test_fields_that_differ_in_one_thing_are_not_taken_for_each_other(
    tmp_path: Path, field: dict[str, Any]
) -> None:
    cache = MethodCache(str(tmp_path / "made"))
    with used(cache):
        for arguments in ({"default": 1}, field if "default_factory" in field else {"default": 1} | field):

            @dataclasses.dataclass
            class One:
                """Alike."""

                one: int = dataclasses.field(**arguments)

    assert 2 == len(cache.made)
    assert "one" in One.__annotations__


def test_a_file_of_another_patch_of_python_is_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "made")
    first = MethodCache(path)
    with used(first):
        pair()
    first.save()
    monkeypatch.setattr(cache_table, "_INTERPRETER", (sys.hexversion + 0x100).to_bytes(4, "little"))
    second = MethodCache(path)
    with used(second):
        pair()
    assert list(first.made) == list(second.made)
