"""How words become values."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.base.c_integer import c_integer
from pykeepalived.config.kinds.hexadecimal import hex_octets
from pykeepalived.config.kinds.network import address
from pykeepalived.config.kinds.numbers import format_decimal, integer, scaled
from pykeepalived.config.kinds.script import parse_command, quote_command, split_script
from pykeepalived.config.load import load_text


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "value"),
        [("5", 5), ("010", 10), ("+5", 5), ("-5", -5), (" 5", 5), ("0x10", None), ("5.0", None), ("", 0),
         (" ", None), ("5a", None), ("٥", None), ("1_0", None)],
    )  # fmt: skip
    def test_integers_are_decimal_only(self, text, value):
        assert value == integer(text)

    @pytest.mark.parametrize(
        ("text", "value"),
        [("1", 1_000_000), (".5", 500_000), ("5.", 5_000_000), ("0.000001", 1), ("0.0000001", None),
         ("1e3", None), ("-1", None), ("+1", 1_000_000), ("+.5", 500_000), (".", 0), ("", 0)],
    )  # fmt: skip
    def test_decimals_have_six_places_and_neither_minus_nor_exponent(self, text, value):
        assert value == scaled(text, 6)

    @pytest.mark.parametrize(
        ("text", "value"), [("010", 8), ("0x1f", 31), ("18", 18), ("08", None), ("x", None)]
    )
    def test_some_numbers_follow_the_rules_of_c(self, text, value):
        assert value == c_integer(text)

    @given(st.integers(0, 10**12))
    def test_a_decimal_reads_back_as_it_was_written(self, micro):
        assert micro == scaled(format_decimal(micro / 1e6), 6)


class TestAddresses:
    @pytest.mark.parametrize(
        "text", ["1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "", "::1%eth0", "x", "1.2.3.-4"]
    )
    def test_anything_else_is_no_address(self, text):
        assert address(text) is None

    @given(st.integers(0, 2**32 - 1))
    def test_the_quick_way_agrees_with_the_library_on_ipv4(self, number):
        assert IPv4Address(number) == address(str(IPv4Address(number)))

    @given(st.integers(0, 2**128 - 1))
    def test_ipv6(self, number):
        assert IPv6Address(number) == address(str(IPv6Address(number)))

    @given(st.text("0123456789.", max_size=18))
    def test_the_quick_way_accepts_nothing_that_the_library_refuses(self, text):
        try:
            expected = IPv4Address(text)
        except ValueError:
            expected = None

        assert expected == address(text)


class TestScripts:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("notify /x a", ["notify", "/x", "a"]),
            ('notify "/x a" user', ["notify", "/x a", "user"]),
            ("script '/x \"a b\"'", ["script", '/x "a b"']),
            ("script /x'y z'w", ["script", "/xy zw"]),
            ('script ""', ["script", ""]),
            ('script "open', None),
        ],
    )
    def test_both_kinds_of_quotes_group(self, text, words):
        assert words == split_script(text, escapes=False)

    @pytest.mark.parametrize(
        ("command", "argv"),
        [
            ("/x a b", ("/x", "a", "b")),
            ("/x 'a b'", ("/x", "a b")),
            (r"/x a\ b", ("/x", "a b")),
            (r"/x \x41\102\n", ("/x", "AB\n")),
            (r"/x \cA\q", ("/x", "\x01q")),
        ],
    )
    def test_the_command_is_split_again_with_escapes(self, command, argv):
        assert argv == parse_command(command).argv


class TestHex:
    @pytest.mark.parametrize(
        ("words", "wildcard", "expected"),
        [
            (("00ff",), False, (b"\x00\xff", b"\xff\xff")),
            (("0", "1", "2"), False, (b"\x00\x01\x02", b"\xff\xff\xff")),
            (("0X", "XX"), True, (b"\x00\x00", b"\xf0\x00")),
            (("0X",), False, None),
            (("zz",), True, None),
        ],
    )
    def test_octets_and_their_mask(self, words, wildcard, expected):
        assert expected == hex_octets(words, wildcard=wildcard)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (r'notify "/bin/x \"a b\" c" root', r"/bin/x \"a b\" c"),
        (r"notify '/bin/x \'a\'' root", r"/bin/x \'a\'"),
        (r"notify /bin/a\ b root", r"/bin/a\ b"),
        ("notify \"/bin/x ' y '\" root", "/bin/x ' y '"),
    ],
)
def test_a_backslash_hides_a_quote_or_blank_of_a_command(line: str, command: str) -> None:
    assert ["notify", command, "root"] == split_script(line, escapes=False)


@pytest.mark.parametrize("line", ['notify "/bin/x', "notify '/bin/x a", 'notify /bin/x "a'])
def test_an_open_quote_of_a_command_is_missed(line: str) -> None:
    assert split_script(line, escapes=False) is None


def test_keepalived_does_not_miss_a_quote_that_opens_at_the_end() -> None:
    assert ["notify", "/bin/x "] == split_script('notify "/bin/x ""', escapes=False)


@pytest.mark.parametrize(
    "command", ["/bin/x", "a b", r"a \"b\"", "it's", r"\'a", r"'a' \"b\"", "'a' \"b\"", "", r"a b\\"]
)
def test_a_command_is_written_so_that_it_reads_back(command: str) -> None:
    assert [command] == split_script(quote_command(command), escapes=False)


@pytest.mark.parametrize(
    ("block", "line", "needed"),
    [
        ("static_routes", "192.0.2.0/24 via 198.51.100.1 track_group T", "dev"),
        ("static_rules", "from 192.0.2.0/24 table 100 preference 500 track_group T", "iif"),
    ],
)
def test_an_entry_that_cannot_follow_its_group_is_there_without_it(
    block: str, line: str, needed: str
) -> None:
    instance = (
        "vrrp_instance A {\n interface eth0\n virtual_router_id 7\n virtual_ipaddress {\n 192.0.2.1\n }\n}\n"
    )
    loaded = load_text(f"{instance}track_group T {{\n group {{\n A\n }}\n}}\n{block} {{\n {line}\n}}\n")

    (entry,) = getattr(loaded.config, block)
    assert "track_group" not in dict(entry.options)
    assert any(f"track_group needs {needed}" in one.message for one in loaded.diagnostics)


@pytest.mark.parametrize("line", ["192.0.2.0/24 198.51.100.0/24", "to 192.0.2.0/24 to 198.51.100.0/24"])
def test_the_last_destination_of_a_route_counts(line: str) -> None:
    loaded = load_text(f"static_routes {{\n {line} dev lo\n}}\n")
    assert [(("to", ("198.51.100.0/24",)), ("dev", ("lo",)))] == [
        r.options for r in loaded.config.static_routes
    ]


class TestWhatALineLoses:
    """What keepalived 2.4.3 drops, and what it only complains about."""

    @pytest.mark.parametrize(
        ("line", "there"),
        [
            ("192.0.2.1 dev", False), ("192.0.2.1 label", False), ("192.0.2.1 brd x", False),
            ("192.0.2.1 label sixteen-octets-x", False), ("2001:db8::1 brd +", False),
            ("192.0.2.1 dev a dev b", False), ("192.0.2.1 scope x", True), ("192.0.2.1 foo", True),
            ("192.0.2.1/", True),
        ],
    )  # fmt: skip
    def test_addresses(self, line, there):
        loaded = load_text(f"static_ipaddress {{\n {line}\n}}\n")

        assert there == bool(loaded.config.static_ipaddress)
        assert loaded.diagnostics

    @pytest.mark.parametrize(
        ("lines", "found"),
        [
            ("bindto 2001:db8::1", ("192.0.2.2", None)),
            ("connect_ip 2001:db8::2\nbindto 2001:db8::1", ("2001:db8::2", "2001:db8::1")),
            ("bindto 192.0.2.9\nconnect_ip 2001:db8::2", ("192.0.2.2", "192.0.2.9")),
        ],
    )
    def test_the_line_that_does_not_fit_the_ones_before_it(self, lines, found):
        server = f"real_server 192.0.2.2 80 {{\n TCP_CHECK {{\n{lines}\n }}\n}}"
        loaded = load_text(f"virtual_server 192.0.2.1 80 {{\n lb_algo rr\n{server}\n}}\n")
        check = loaded.config.virtual_servers[0].real_servers[0].checkers[0]

        assert found == tuple(None if a is None else str(a) for a in (check.connect_ip, check.bindto))

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("virtual_server 192.0.2.1 80 {\n sorry_server_lvs_method\n}", ["sorry-server-order"]),
            ('global_defs {\n state_dump_file ""\n stats_dump_file a b\n}', ["missing-word", "extra-words"]),
            ("interface_up_down_delays {\n eth0\n}", ["missing-word"]),
            ("linkbeat_interfaces {\n eth0 MII IOCTL\n}", ["extra-words"]),
        ],
    )
    def test_what_is_said_first(self, text, codes):
        found = [d.code for d in load_text(text).diagnostics if d.code != "not-acted-on"]

        assert codes == found[: len(codes)]
