"""``pykeepalived -t``: lines and exit statuses."""

import pytest

from pykeepalived.cli.config_test import run
from tests.support.accounts import as_nobody, everybodys_folder

INSTANCE = "vrrp_instance A {\n interface lo0x\n virtual_router_id 300\n}\n"


@pytest.fixture
def conf(tmp_path):
    def write(text):
        path = tmp_path / "keepalived.conf"
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    return write


def test_a_good_file_says_nothing(conf, capsys):
    assert 0 == run(conf("global_defs {\n router_id x\n}\n"))
    assert ("", "") == capsys.readouterr()


def test_a_finding_is_file_line_column_and_text(conf, capsys):
    path = conf("global_defs {\n vrrp_strict maybe\n}\n")

    assert 5 == run(path)
    assert capsys.readouterr().err.startswith(f"{path}:2:14: vrrp_strict: 'maybe' is neither true nor false")


def test_what_concerns_an_instance_as_a_whole_names_it(conf, capsys):
    run(conf("vrrp_instance A {\n interface lo0x\n}\nglobal_defs {\n dynamic_interfaces\n}\n"))

    assert "(A) the instance has no virtual_router_id" in capsys.readouterr().err


def test_a_missing_file_is_said_and_exits_with_0(tmp_path, capsys):
    assert 0 == run(str(tmp_path / "nothing.conf"))
    assert "nothing.conf" in capsys.readouterr().err


@pytest.mark.root
def test_a_file_that_may_not_be_read_exits_with_4(capsys):
    with everybodys_folder() as folder:
        path = folder / "keepalived.conf"
        path.write_text("")
        path.chmod(0o600)
        with as_nobody():
            status = run(str(path))

    assert 4 == status
    assert f"{path} cannot be read: Permission denied; there is no configuration" in capsys.readouterr().err


@pytest.mark.root
def test_a_file_in_a_closed_folder_is_as_good_as_missing(tmp_path, capsys):
    path = tmp_path / "keepalived.conf"
    path.write_text("")
    with as_nobody():
        assert 0 == run(str(path))
    assert f"{path} is in a folder that this user may not look into" in capsys.readouterr().err


def test_a_missing_word_exits_with_2(conf):
    assert 2 == run(conf("global_defs {\n vrrp_version\n}\n"))


def test_keywords_nobody_acts_on_are_not_mentioned(conf, capsys):
    assert 0 == run(conf("global_defs {\n enable_dbus\n}\n"))
    assert "" == capsys.readouterr().err


def test_the_lines_can_go_to_a_file(conf, tmp_path, capsys):
    log = tmp_path / "log"

    run(conf("nonsense\n"), log_file=str(log))
    run(conf("nonsense\n"), log_file=str(log))

    assert 2 == log.read_text().count("'nonsense' is not a keyword")
    assert "" == capsys.readouterr().err


def test_the_config_id_chooses_lines(conf):
    text = "@lb1 nonsense\n"

    assert 5 == run(conf(text), config_id="lb1")
    assert 0 == run(conf(text), config_id="lb2")


def test_a_block_that_the_file_ends_gets_its_message_without_a_line(conf, capsys):
    text = "virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n"

    assert 5 == run(conf(text))
    assert "\nvirtual server [192.0.2.1]:tcp:80 has no real server" in "\n" + capsys.readouterr().err


def test_a_directory_that_is_included_is_told_although_it_is_no_error(conf, capsys):
    assert 0 == run(conf("include /\n"))
    assert ":1:1: / is a directory" in capsys.readouterr().err


def test_an_include_that_must_succeed_ends_it_with_the_first_reader(conf, capsys):
    assert 6 == run(conf("includem nope.conf\nnonsense\nvrrp_instance A {\n priority 300\n}\n"))

    said = capsys.readouterr().err
    assert ("nope.conf does not exist" in said, "nonsense" in said, "priority" in said) == (True, True, False)


@pytest.mark.parametrize(("line", "status"), [("weight 1\\#c", 0), ("weight 1 \\ ", 5), ("weight -0", 5)])
def test_later_readers_cut_comments_and_take_line_ends_once_more(conf, line, status):
    service = "virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n"
    text = f"{service} real_server 192.0.2.2 80 {{\n{line}\n}}\n}}\n"

    assert status == run(conf(text))
