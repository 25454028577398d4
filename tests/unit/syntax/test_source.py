import pytest

from pykeepalived.syntax.source import DictLoader, FileKind

LOADER = DictLoader({"a.conf": "x", "d/b.conf": b"y", "/srv/c": "z"}, kinds={"d/run": FileKind.EXECUTABLE})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.conf", FileKind.REGULAR),
        ("/etc/keepalived/a.conf", FileKind.REGULAR),
        ("d", FileKind.DIRECTORY),
        ("/srv", FileKind.DIRECTORY),
        ("d/run", FileKind.EXECUTABLE),
        ("b.conf", FileKind.MISSING),
    ],
)
def test_kinds(path, kind):
    assert kind is LOADER.kind(path)


def test_reading():
    assert b"y" == LOADER.read("/etc/keepalived/d/b.conf")
    with pytest.raises(FileNotFoundError):
        LOADER.read("no")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*.conf", ["a.conf"]), ("/etc/keepalived/*/b*", ["/etc/keepalived/d/b.conf"]), ("x*", [])],
)
def test_globbing_does_not_cross_directories(pattern, expected):
    assert expected == LOADER.glob(pattern)
