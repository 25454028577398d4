"""Translations of generated methods: kept, used again, and never trusted when they are not whole."""

import dataclasses
import sys
from pathlib import Path

import pytest

from pykeepalived import method_cache
from pykeepalived.method_cache import MethodCache

TEXT = "def made():\n return 7"


@pytest.fixture(autouse=True)
def bytecode_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def executed(cache: MethodCache) -> int:
    names: dict[str, object] = {}
    local: dict[str, object] = {}
    cache.execute(TEXT, names, local)
    made = local["made"]
    assert callable(made)
    return int(made())


def test_a_text_is_translated_once_and_read_from_the_file_the_next_time(tmp_path: Path) -> None:
    path = str(tmp_path / "methods")
    first = MethodCache(path)
    assert executed(first) == 7
    assert first.save()

    second = MethodCache(path)
    assert executed(second) == 7
    assert second.made == {}
    assert not second.save()


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data[1:]])
def test_a_file_that_is_not_whole_or_of_another_interpreter_is_as_none(tmp_path: Path, harm: object) -> None:
    path = tmp_path / "methods"
    first = MethodCache(str(path))
    executed(first)
    first.save()
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes()))

    second = MethodCache(str(path))
    assert executed(second) == 7
    assert [TEXT.encode()] == list(second.made)


def test_without_a_folder_that_can_be_written_everything_is_as_ever(tmp_path: Path) -> None:
    cache = MethodCache(str(tmp_path / "missing" / "methods"))
    assert executed(cache) == 7
    assert not cache.save()


def test_nothing_is_written_where_python_writes_no_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cache = MethodCache(str(tmp_path / "methods"))
    executed(cache)
    assert not cache.save()
    assert [] == list(tmp_path.iterdir())


def test_texts_with_the_same_checksum_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "methods")
    monkeypatch.setattr(method_cache.zlib, "crc32", lambda data: 7)
    first = MethodCache(path)
    executed(first)
    first.execute("other = 1", {}, {})
    first.save()

    second = MethodCache(path)
    names: dict[str, object] = {}
    second.execute("other = 1", {}, names)
    assert names == {"other": 1}
    assert executed(second) == 7
    second.execute("third = 1", {}, {})
    assert [b"third = 1"] == list(second.made)


def test_what_is_new_is_added_until_the_file_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "methods")
    for text in ("one = 1", "two = 2"):
        cache = MethodCache(path)
        cache.execute(text, {}, {})
        assert cache.save()
    both = MethodCache(path)
    for text in ("one = 1", "two = 2"):
        both.execute(text, {}, {})
    assert {} == both.made

    monkeypatch.setattr(method_cache, "_MOST_BYTES", 1)
    both.execute("three = 3", {}, {})
    assert both.save()
    last = MethodCache(path)
    for text in ("one = 1", "two = 2", "three = 3"):
        last.execute(text, {}, {})
    assert [b"one = 1", b"two = 2"] == list(last.made)


def test_dataclasses_made_between_begin_and_end_are_what_they_always_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(method_cache, "PATH", str(tmp_path / "methods"))
    made = []
    for _ in range(2):
        method_cache.begin()
        try:
            made.append(dataclasses.make_dataclass("Pair", [("one", int), ("two", int, 5)], frozen=True))
        finally:
            method_cache.end()
    assert "exec" not in vars(dataclasses)
    assert made[0](1) == made[0](1, 5)
    assert "Pair(one=1, two=5)" == repr(made[1](1))
    assert hash(made[1](1)) == hash(made[1](1, 5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made[1](1).one = 2
