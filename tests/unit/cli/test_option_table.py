"""keepalived's command line, read by the rules of getopt_long."""

from __future__ import annotations

import pytest

from pykeepalived.cli.daemonsettings import settings_from
from pykeepalived.cli.optiontable import OPTIONS, BadOptionError, Status, Takes, read
from pykeepalived.daemon.logging import LogFormat

# The option list of keepalived 2.4.3 (shared/reference/cli.md, section 1): short, long.
REFERENCE = """
f use-file|P vrrp|C check|B no_bfd|- all|l log-console|D log-detail|S log-facility|g log-file|- flush-log-file
G no-syslog|u umask|X release-vips|V dont-release-vrrp|I dont-release-ipvs|R dont-respawn|n dont-fork
d dump-conf|p pid|r vrrp_pid|c checkers_pid|b bfd_pid|a address-monitoring|T genhash|x snmp
A snmp-agent-socket|s namespace|m core-dump|M core-dump-pattern|e all-config|i config-id|- signum
t config-test|- config-fd|- perf|- debug|- no-mem-check|- openssl-mem-check|L mem-check-log
O -|- ignore-sigint|v version|h help
"""


def test_every_option_of_keepalived_is_there_and_one_more() -> None:
    expected = {tuple(row.split()) for line in REFERENCE.split("\n") if line for row in line.split("|")}
    assert expected | {("-", "log-format")} == {(o.short or "-", o.long or "-") for o in OPTIONS}


def test_no_option_twice() -> None:
    for names in ([o.short for o in OPTIONS if o.short], [o.long for o in OPTIONS if o.long]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("option", [o for o in OPTIONS if o.long], ids=lambda o: o.long)
def test_long_and_short_form_mean_the_same(option: object) -> None:
    assert hasattr(option, "short")
    value = {Takes.NOTHING: "", Takes.VALUE: "word", Takes.OPTIONAL: "word"}[option.takes]
    long = read([f"--{option.long}={value}" if value else f"--{option.long}"])
    assert ((option, value),) == long.given
    if option.short:
        assert long == read([f"-{option.short}{value}"])


def test_clusters_values_and_words() -> None:
    line = read(["-nlDD", "-f/tmp/x", "-p", "/run/a", "word", "--vrrp", "--", "-n"])
    assert "/tmp/x" == line.value("use-file")
    assert "/run/a" == line.value("pid")
    assert 2 == line.count("log-detail")
    assert line.has("vrrp")
    assert ("word", "-n") == line.words


def test_an_optional_value_must_be_attached() -> None:
    assert (("", ("file",))) == (read(["-t", "file"]).value("config-test"), read(["-t", "file"]).words)
    assert "file" == read(["-tfile"]).value("config-test")
    assert "file" == read(["--config-test=file"]).value("config-test")


def test_a_long_name_may_be_shortened_while_unique() -> None:
    assert read(["--dont-fork"]) == read(["--dont-f"])
    with pytest.raises(BadOptionError, match="could be any of --dont-release-vrrp"):
        read(["--dont-r"])


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--bogus"], "Unknown option --bogus"),
        (["-nZ"], "Unknown option -Z"),
        (["-f"], "Missing parameter for option -f"),
        (["--use-file="], "Missing parameter for option --use-file"),
        (["--pid"], "Missing parameter for option --pid"),
        (["--dont-fork=yes"], "Option --dont-fork takes no value"),
    ],
)
def test_what_cannot_be_read_is_said(argv: list[str], message: str) -> None:
    with pytest.raises(BadOptionError) as caught:
        read(argv)
    assert message == str(caught.value)


def settings(*argv: str):  # type: ignore[no-untyped-def]
    return settings_from(read(argv), argv)


def test_settings_say_what_was_asked() -> None:
    asked = settings("-n", "-l", "-D", "-P", "-f", "/c", "-p", "/p", "-r", "/r", "-c", "/k", "-i", "id", "-R")
    assert (True, True, 1) == (asked.foreground, asked.log.console, asked.log.detail)
    assert (True, False, False) == (asked.run_vrrp, asked.run_checkers, asked.respawn)
    assert ("/c", "/p", "/r", "/k") == (
        asked.config_file, asked.pid_file, asked.vrrp_pid_file, asked.checkers_pid_file,
    )  # fmt: skip
    assert "id" == asked.config_id
    assert "/b" == settings("-b", "/b").bfd_pid_file
    assert (True, False) == (settings().run_bfd, settings("-B").run_bfd)


def test_both_kinds_run_unless_one_is_chosen() -> None:
    assert (True, True) == (settings().run_vrrp, settings().run_checkers)
    assert (False, True) == (settings("-C").run_vrrp, settings("-C").run_checkers)
    assert (True, True) == (settings("-PC").run_vrrp, settings("-PC").run_checkers)


@pytest.mark.parametrize(
    ("word", "number"), [("3", 19), ("local7", 23), ("user", 1), ("daemon", 3), ("8", 3), ("mail", 3)]
)
def test_facilities(word: str, number: int) -> None:
    asked = settings("-S", word)
    assert number == asked.log.facility
    assert (word in ("8", "mail")) == bool(asked.problems)


@pytest.mark.parametrize(
    ("word", "mask"), [("022", 0o22), ("18", 18), ("0x1f", 31), ("0", 0), ("9999", None), ("x", None)]
)
def test_umask_is_read_as_c_does(word: str, mask: int | None) -> None:
    asked = settings("-u", word)
    assert mask == asked.umask
    assert (mask is None) == bool(asked.problems)


def test_relative_names_are_the_callers(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert f"{tmp_path}/x.conf" == settings("-f", "x.conf").config_file


def test_options_without_effect_are_named() -> None:
    assert ("--core-dump-pattern",) == settings("-M", "-n").later
    assert all(o.status is Status.EFFECTIVE for o in OPTIONS if o.short in set("ftnlDdPCprcivh"))


def test_snmp_and_the_address_of_its_master() -> None:
    asked = settings("-x", "-A", "tcp:127.0.0.1:705", "-n")
    assert (True, "tcp:127.0.0.1:705", ()) == (asked.snmp, asked.snmp_socket, asked.later)


def test_log_format() -> None:
    assert LogFormat.JSON is settings("--log-format", "json").log.format
    assert settings("--log-format=xml").problems
