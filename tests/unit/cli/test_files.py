"""The loader on the real file system, and that it agrees with the one for tests."""

import os

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.syntax.flat import flatten
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import DictLoader, FileKind
from tests.support.accounts import as_nobody


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "keepalived.conf").write_text("include d/*.conf\ninclude d/{a,b}.conf\nx ${_PWD}\n")
    (tmp_path / "d" / "a.conf").write_text("a\n")
    (tmp_path / "d" / "b.conf").write_text("b\ninclude c\n")
    (tmp_path / "d" / "c").write_text("c\n")
    (tmp_path / "d" / ".hidden.conf").write_text("h\n")
    (tmp_path / "run").write_text("r")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


def test_kinds(tree):
    loader = FileLoader(str(tree))

    assert {
        "d": FileKind.DIRECTORY,
        "keepalived.conf": FileKind.REGULAR,
        "run": FileKind.EXECUTABLE,
        "fifo": FileKind.OTHER,
        "dangling": FileKind.OTHER,
        "no": FileKind.MISSING,
        "no\0": FileKind.MISSING,
    } == {
        name: loader.kind(name) for name in ("d", "keepalived.conf", "run", "fifo", "dangling", "no", "no\0")
    }


@pytest.mark.parametrize("absolute", [True, False])
def test_a_configuration_of_several_files(tree, absolute):
    main = str(tree / "keepalived.conf") if absolute else "keepalived.conf"
    document = parse(main, FileLoader(str(tree)))
    files = {
        str(path.relative_to(tree)): path.read_text() for path in (*tree.glob("*.conf"), *tree.glob("d/*"))
    }
    same = parse(main, DictLoader(files, directory=str(tree)))

    assert ["a", "b", "c", "a", "b", "c", f"x {tree}"] == [
        token.statement.text for token in flatten(document)
    ]
    assert [str(token.span) for token in flatten(same)] == [str(token.span) for token in flatten(document)]


def test_a_seed_repeats_numbers():
    loader = FileLoader()
    loader.seed(7)
    first = [loader.random(0, 1000) for _ in range(5)]
    loader.seed(7)

    assert first == [loader.random(0, 1000) for _ in range(5)]


def test_the_environment(monkeypatch):
    monkeypatch.setenv("VIP", "192.0.2.1")

    assert "192.0.2.1" == FileLoader().environment("VIP")
    assert FileLoader().environment("NO_SUCH_NAME") is None


@pytest.mark.root
def test_what_a_user_may_not_look_into_is_hidden(tmp_path):
    (tmp_path / "keepalived.conf").write_text("a\n")
    with as_nobody():  # pytest's folders are closed to others
        assert FileKind.HIDDEN is FileLoader().kind(str(tmp_path / "keepalived.conf"))
