"""Tracked files against a real file system."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pykeepalived.daemon.watch_files import FileWatch, initialise
from pykeepalived.tracking.settings import FileSettings

PATIENCE_SECONDS = 10.0


def watching(
    files: list[FileSettings], act: Callable[[list[tuple[str, int]]], Coroutine[Any, Any, None]]
) -> list[tuple[str, int]]:
    """Run ``act`` beside a watch of ``files``; everything that was reported."""
    seen: list[tuple[str, int]] = []

    async def main() -> None:
        watch = FileWatch(asyncio.get_running_loop(), lambda name, number: seen.append((name, number)))
        watch.configure(files)
        try:
            await asyncio.wait_for(act(seen), PATIENCE_SECONDS)
        finally:
            watch.close()

    asyncio.run(main())
    return seen


async def until(seen: list[tuple[str, int]], *wanted: tuple[str, int]) -> None:
    """Each was reported; the loop turns without a pause, until ``watching`` gives up."""
    while not set(wanted) <= set(seen):  # noqa: ASYNC110 - nobody but the kernel knows when
        await asyncio.sleep(0)


def test_numbers_are_reported_at_once_and_with_every_change(tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("1\n")

    async def act(seen: list[tuple[str, int]]) -> None:
        assert [("f", 1)] == seen
        path.write_text("2\n")
        await until(seen, ("f", 2))
        (tmp_path / "new").write_text("3\n")
        (tmp_path / "new").rename(path)
        await until(seen, ("f", 3))
        path.unlink()
        await until(seen, ("f", 0))
        path.write_text("4\n")
        await until(seen, ("f", 4))

    watching([FileSettings("f", str(path))], act)


def test_two_names_for_one_file_and_a_link_to_it(tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("1\n")
    (tmp_path / "link").symlink_to(path)

    async def act(seen: list[tuple[str, int]]) -> None:
        path.write_text("5\n")
        await until(seen, ("f", 5), ("g", 5))

    watching([FileSettings("f", str(path)), FileSettings("g", str(tmp_path / "link"))], act)


def test_a_number_out_of_range_leaves_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("1\n")

    async def act(seen: list[tuple[str, int]]) -> None:
        path.write_text("99999999999\n")
        path.write_text("2\n")
        await until(seen, ("f", 2))

    assert [("f", 1), ("f", 2)] == list(dict.fromkeys(watching([FileSettings("f", str(path))], act)))


def test_a_fifo_or_a_missing_folder_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    async def act(seen: list[tuple[str, int]]) -> None:
        assert [("f", 0), ("g", 0)] == seen

    files = [FileSettings("f", str(tmp_path / "fifo")), FileSettings("g", str(tmp_path / "no" / "file"))]
    watching(files, act)


def test_first_numbers_are_written_where_there_is_no_file(tmp_path: Path) -> None:
    there, absent, forced = tmp_path / "there", tmp_path / "absent", tmp_path / "forced"
    there.write_text("9\n")
    forced.write_text("9\n")
    files = [
        FileSettings("there", str(there), 1),
        FileSettings("absent", str(absent), 2),
        FileSettings("forced", str(forced), 3, overwrite=True),
        FileSettings("none", str(tmp_path / "none")),
    ]
    assert [] == initialise(files, 0o077)
    assert ["9\n", "2\n", "3\n"] == [path.read_text() for path in (there, absent, forced)]
    assert absent.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_initialised_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    files = [
        FileSettings("a", str(tmp_path / "folder"), 1, overwrite=True),
        FileSettings("b", str(tmp_path / "no" / "file"), 1),
        FileSettings("c", str(tmp_path / "link"), 1),
    ]
    problems = initialise(files, 0)
    assert 3 == len(problems)
    assert problems[0].endswith("it is no regular file")
    assert not (tmp_path / "elsewhere").exists()
