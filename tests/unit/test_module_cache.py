"""Bytecode in one file: used while it fits, never when it does not."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived import module_cache
from pykeepalived.module_cache import Bundle

NAME = "kept_by_a_test"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of which the cache takes care, imported once as ever."""
    monkeypatch.setattr(module_cache, "_FOLDER", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / NAME / "__init__.py"
    path.parent.mkdir()
    path.write_text("VALUE = 1\n")
    importlib.import_module(NAME)
    yield path
    sys.modules.pop(NAME, None)


def saved(tmp_path: Path) -> str:
    path = str(tmp_path / "bundle")
    bundle = Bundle(path)
    assert bundle.find_spec(NAME) is None
    assert bundle.save()
    return path


def test_a_module_that_was_missed_is_found_the_next_time_and_looks_as_ever(
    source: Path, tmp_path: Path
) -> None:
    ordinary = sys.modules[NAME].__spec__
    assert ordinary is not None
    bundle = Bundle(saved(tmp_path))
    spec = bundle.find_spec(NAME)
    assert spec is not None
    assert set() == bundle.missed
    assert not bundle.save()
    for name in ("name", "origin", "cached", "has_location", "submodule_search_locations", "parent"):
        assert getattr(ordinary, name) == getattr(spec, name), name

    source.with_name("data").write_text("beside it")
    Path(spec.cached or "").unlink()  # the code does not come from there
    module = importlib.util.module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)
    assert 1 == module.VALUE
    assert b"beside it" == spec.loader.get_data(str(source.with_name("data")))  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", ["size", "date", "gone"])
def test_a_source_that_is_not_as_it_was_is_looked_for_as_ever(
    source: Path, tmp_path: Path, what: str
) -> None:
    path = saved(tmp_path)
    if what == "size":
        stat = source.stat()
        source.write_text("VALUE = 22\n")
        os.utime(source, (stat.st_atime, stat.st_mtime))
    elif what == "date":
        os.utime(source, (1, 1))
    else:
        source.unlink()
    bundle = Bundle(path)
    assert bundle.find_spec(NAME) is None
    assert {NAME} == bundle.missed


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data[1:]])
def test_a_file_that_is_not_whole_or_of_another_interpreter_is_as_none(
    source: Path, tmp_path: Path, harm: object
) -> None:
    path = Path(saved(tmp_path))
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes()))
    assert Bundle(str(path)).find_spec(NAME) is None


def test_a_copy_of_the_folder_does_not_run_the_code_of_the_folder_it_was_copied_from(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    assert Bundle(path).find_spec(NAME) is not None
    monkeypatch.setattr(module_cache, "_FOLDER", str(tmp_path / "copy"))
    assert Bundle(path).find_spec(NAME) is None


def test_a_late_module_is_executed_when_it_is_used(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    monkeypatch.setattr(module_cache, "_LATE", frozenset({NAME}))
    spec = Bundle(path).find_spec(NAME)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert "VALUE" not in object.__getattribute__(module, "__dict__")
    assert 1 == module.VALUE


def test_what_is_neither_ours_nor_pythons_is_not_kept(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_cache, "_FOLDER", str(tmp_path / "elsewhere"))
    bundle = Bundle(str(tmp_path / "bundle"))
    bundle.find_spec(NAME)
    bundle.find_spec("no_such_module")
    assert not bundle.save()


def test_nothing_is_written_where_no_bytecode_is_to_be(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    bundle = Bundle(str(tmp_path / "bundle"))
    bundle.find_spec(NAME)
    assert not bundle.save()
    assert not (tmp_path / "bundle").exists()


def test_a_command_says_the_same_with_the_file_and_has_its_modules_from_it(tmp_path: Path) -> None:
    code = f"""
import sys
from pykeepalived import module_cache
module_cache.PATH = {str(tmp_path / "bundle")!r}
sys.dont_write_bytecode = False
from pykeepalived.__main__ import main
sys.argv = ["pykeepalived", "explain", "PK101"]
status = main()
ours = [each for name, each in sys.modules.items() if name.startswith("pykeepalived.cli")]
print(status, {{type(each.__loader__).__name__ for each in ours}}, file=sys.stderr)
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, env=environment, cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]  # fmt: skip
    assert runs[0].stdout == runs[1].stdout != ""
    assert ["0 {'SourceFileLoader'}\n", "0 {'_Loader'}\n"] == [run.stderr for run in runs]


def test_warm_writes_both_files_ahead(tmp_path: Path) -> None:
    code = f"""
import sys
from pykeepalived import method_cache, module_cache
module_cache.PATH, method_cache.PATH = {str(tmp_path / "bundle")!r}, {str(tmp_path / "methods")!r}
sys.dont_write_bytecode = True
from pykeepalived.cli import warm
status = warm.run([])
found = module_cache.Bundle(module_cache.PATH)
daemon = "pykeepalived.daemon."
wanted = (daemon + "vrrp_process", daemon + "checker_process", "pykeepalived.cli.config_test")
print(status, all(found.find_spec(name) is not None for name in wanted))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "0 True\n" == done.stdout
    assert (tmp_path / "methods").stat().st_size > 100_000
