import pytest

from pykeepalived.cli import real_server


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["apply", "--mode", "dr"], "at least one VIP"),
        (["plan", "192.0.2.1"], "needs --mode"),
        (["plan", "--mode", "dr", "192.0.2.1/24"], "give the address alone"),
        (["plan", "--mode", "dr", "web"], "'web' is not an IPv4 or IPv6 address"),
        (["plan", "--mode", "gre", "192.0.2.1"], "invalid Mode value"),
    ],
)
def test_a_wrong_command_line_is_explained(
    argv: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        real_server.run(argv)

    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_changing_needs_root(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert real_server.run(["apply", "--mode", "dr", "192.0.2.1"]) == real_server.EXIT_FAILED
    assert "needs root" in capsys.readouterr().err
