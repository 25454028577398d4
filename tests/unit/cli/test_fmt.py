import io
import sys

import pytest

from pykeepalived.cli.fmt import run

UGLY = "global_defs\n{\nrouter_id  x }\n"
PRETTY = "global_defs {\n    router_id x\n}\n"


@pytest.fixture
def ugly(tmp_path):
    path = tmp_path / "keepalived.conf"
    path.write_text(UGLY)
    path.chmod(0o640)
    return path


def test_a_file_is_formatted_in_place_and_keeps_its_mode(ugly):
    assert 0 == run([str(ugly)])

    assert PRETTY == ugly.read_text()
    assert 0o640 == ugly.stat().st_mode & 0o777
    assert [ugly] == list(ugly.parent.iterdir())


def test_a_link_stays_a_link(ugly):
    link = ugly.with_name("link.conf")
    link.symlink_to(ugly)

    assert 0 == run([str(link)])
    assert link.is_symlink()
    assert PRETTY == ugly.read_text()


def test_check_names_the_file_and_changes_nothing(ugly, capsys):
    assert 1 == run(["--check", str(ugly)])

    assert f"{ugly}: would be reformatted\n" == capsys.readouterr().out
    assert UGLY == ugly.read_text()


def test_check_is_content_with_a_formatted_file(ugly):
    run([str(ugly)])

    assert 0 == run(["--check", str(ugly)])
    assert 0 == run(["--diff", str(ugly)])


def test_diff_shows_the_change(ugly, capfdbinary):
    assert 1 == run(["--diff", str(ugly)])

    assert b"+global_defs {\n" in capfdbinary.readouterr().out
    assert UGLY == ugly.read_text()


def test_standard_input_goes_to_standard_output(monkeypatch, capfdbinary):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UGLY.encode() + b"# caf\xe9\n")))

    assert 0 == run(["-"])
    assert PRETTY.encode() + b"\n# caf\xe9\n" == capfdbinary.readouterr().out


def test_what_cannot_be_read_safely_is_refused(ugly, capsys):
    ugly.write_text('a "b\n')

    assert 2 == run([str(ugly)])
    assert f"{ugly}:1:3: " in capsys.readouterr().err
    assert 'a "b\n' == ugly.read_text()


def test_a_missing_file_fails_and_the_others_are_done(ugly, capsys):
    assert 2 == run([str(ugly.with_name("no")), str(ugly)])
    assert PRETTY == ugly.read_text()
