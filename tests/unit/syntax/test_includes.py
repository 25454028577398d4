import pytest

from pykeepalived.syntax.includes import IncludeCheck, changed_checks, expand_braces, parse_include
from pykeepalived.syntax.source import FileKind
from tests.support.syntax_cases import codes, read_files, stream

FILES = {"d/a.conf": "a", "d/b.conf": "b", "d/sub/c.conf": "c"}


def included(line: str, **options: object) -> list[str]:
    return stream(read_files({"keepalived.conf": line, **FILES}, **options))


class TestWhatIsNamed:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("include d/a.conf", ["a"]),
            ("include\td/a.conf", ["a"]),
            ("include   d/a.conf  # comment", ["a"]),
            ("include d/*.conf", ["a", "b"]),
            ("include d/{b,a}.conf", ["b", "a"]),
            ("include d/{a,no}.conf", ["a"]),
            ("include d/?.conf", ["a", "b"]),
            ("include d/[b-z].conf", ["b"]),
            ("include /etc/keepalived/d/a.conf", ["a"]),
            ("include ./d/../d/a.conf", ["a"]),
            ("x { include d/a.conf", ["x", "{", "a"]),
            ("@testhost include d/a.conf", ["a"]),
            ("@other include d/a.conf", []),
            ("$X=a\ninclude d/${X}.conf", ["a"]),
            ("include", ["include"]),
            ("includez d/a.conf", ["includez d/a.conf"]),
            ('include "d/a.conf"', []),
            ("include d/a.conf }", []),
        ],
    )
    def test_the_rest_of_the_line_is_a_pattern(self, line, expected):
        assert expected == included(line)

    def test_relative_names_start_from_the_directory_of_the_including_file(self):
        document = read_files(
            {"keepalived.conf": "include d/x.conf\nend", "d/x.conf": "include sub/c.conf", **FILES}
        )

        assert ["c", "end"] == stream(document)
        assert "/etc/keepalived/d/sub/c.conf" == document.children[0].file
        assert ["/etc/keepalived/d/x.conf", "/etc/keepalived/d/sub/c.conf"] == [
            each.file for each in document.inclusions
        ]

    def test_a_file_may_open_a_block_that_another_closes(self):
        document = read_files({"keepalived.conf": "include o\nx\ninclude c", "o": "b {", "c": "}"})

        assert (["b", "{", "x", "}"], []) == (stream(document), codes(document))

    def test_definitions_of_an_included_file_stay(self):
        assert ["x 1"] == stream(read_files({"keepalived.conf": "include d\nx $A", "d": "$A=1"}))

    def test_includes_of_a_sequence_are_read_after_it_and_the_last_first(self):
        document = read_files({"keepalived.conf": "~SEQ(X,2) include s${X}\nend", "s1": "one", "s2": "two"})

        assert ["two", "one", "end"] == stream(document)

    @pytest.mark.parametrize("line", ["include keepalived.conf", "include other"])
    def test_a_file_that_includes_itself_is_an_error_and_no_hang(self, line):
        document = read_files({"keepalived.conf": line + "\nx", "other": "include keepalived.conf"})

        assert (["include-endless"], ["x"]) == (codes(document), stream(document))


class TestComplaints:
    """Exit classes of the table in the reference: the variants in the order plain, r, m, w, b, a."""

    VARIANTS = ("include", "includer", "includem", "includew", "includeb", "includea")

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("no.conf", (0, 0, 6, 6, 0, 6)),
            ("d/no*.conf", (None, None, None, 6, None, 6)),
            ("nodir/*.conf", (0, 0, 6, 6, 0, 6)),
            ("d/{a,no}.conf", (0, 0, 0, 0, 6, 6)),
            ("d/{no,none}.conf", (0, 0, 0, 0, 6, 6)),
            ("d", (0, 6, 6, 6, 6, 6)),
            ("run.sh", (0, 6, 6, 6, 6, 6)),
        ],
    )
    def test_exit_classes(self, pattern, expected):
        found = []
        for variant in self.VARIANTS:
            document = read_files(
                {"keepalived.conf": f"{variant} {pattern}", **FILES}, kinds={"run.sh": FileKind.EXECUTABLE}
            )
            found.append(document.diagnostics[0].exit_class if document.diagnostics else None)

        assert expected == tuple(found)

    def test_a_failed_brace_check_includes_nothing(self):
        assert [] == included("includeb d/{a,no}.conf")
        assert ["a"] == included("includem d/{a,no}.conf")

    def test_include_check_holds_for_the_rest_of_its_file_only(self):
        check = "global_defs {\ninclude_check match\n}\n"
        document = read_files(
            {"keepalived.conf": "include inner\ninclude no3", "inner": f"include no1\n{check}include no2"}
        )

        assert [0, 6, 0] == [each.exit_class for each in document.diagnostics]

    def test_include_check_elsewhere_is_just_a_keyword(self):
        document = read_files({"keepalived.conf": "vrrp_instance x {\ninclude_check\n}\ninclude no"})

        assert [0] == [each.exit_class for each in document.diagnostics]

    def test_checks_can_be_on_from_the_start(self):
        document = read_files({"keepalived.conf": "include no*"}, checks=IncludeCheck.ALL)

        assert [6] == [each.exit_class for each in document.diagnostics]

    def test_a_quoted_name_gets_a_hint(self):
        document = read_files({"keepalived.conf": 'include "d/a.conf"', **FILES})

        assert "quotes" in (document.diagnostics[0].hint or "")


class TestMainFile:
    @pytest.mark.parametrize("kind", [FileKind.MISSING, FileKind.DIRECTORY, FileKind.EXECUTABLE])
    def test_one_that_cannot_be_used_is_fatal_with_exit_class_0(self, kind):
        document = read_files({}, kinds={"keepalived.conf": kind})

        assert [("file-missing", 0)] == [(each.code, each.exit_class) for each in document.diagnostics]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", IncludeCheck.ALL),
        ("match", IncludeCheck.READ | IncludeCheck.MATCH),
        ("+match", IncludeCheck.BRACE | IncludeCheck.MATCH),
        ("-brace_match", IncludeCheck.NONE),
        ("+match -brace_match", IncludeCheck.MATCH),
        ("read match", IncludeCheck.READ),
        ("readable", IncludeCheck.NONE),
        ("+readable", IncludeCheck.BRACE),
    ],
)
def test_words_of_include_check(words, expected):
    assert expected == changed_checks(IncludeCheck.BRACE, words.split())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", "a"),
        ("a{b,c}d", "abd acd"),
        ("{a,b}{c,d}", "ac ad bc bd"),
        ("a{b,c{d,e}}", "ab acd ace"),
        ("a{b,c", "a{b,c"),
        ("a{}b", "a{}b"),
        ("a{b}", "ab"),
        (r"a\{b,c}", r"a\{b,c}"),
    ],
)
def test_braces(pattern, expected):
    assert expected == " ".join(expand_braces(pattern))


def test_variants_name_their_checks():
    assert (IncludeCheck.READ | IncludeCheck.MATCH, "x y") == parse_include("includem  x y")
    assert parse_include("include_check match") is None
