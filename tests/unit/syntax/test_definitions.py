import pytest

from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import DictLoader
from tests.support.syntax_cases import codes, read, read_files, stream, texts


class TestPlainDefinitions:
    @pytest.mark.parametrize(
        ("use", "expected"),
        [
            ("x ${A}", ["x one"]),
            ("x $A", ["x one"]),
            ("x $A y", ["x one y"]),
            ("x $A,y", ["x one,y"]),
            ("x $A)", ["x one)"]),
            ("x $A/y", ["x $A/y"]),
            ("x $A.y", ["x $A.y"]),
            ("x ${A}.y", ["x one.y"]),
            ("$$A", ["$one"]),
            ('x "${A}"', ['x "one"']),
            ("x '$A '", ["x 'one '"]),
            (r"x \$A", [r"x \one"]),
            ("x ${A 1}", ["x $", "{", "A 1", "}"]),
            ("x ${A }", ["x one", "}"]),
            ("x $B", ["x $B"]),
        ],
    )
    def test_a_name_is_replaced_where_it_is_used(self, use, expected):
        assert expected == texts("$A=one\n" + use + "\n")

    @pytest.mark.parametrize("line", ["$B = two", "$1=x", "$A-B=x", "$=x"])
    def test_what_is_no_definition_is_a_statement(self, line):
        assert [line] == texts(line)

    def test_blanks_after_the_equals_sign_and_at_the_end_are_dropped(self):
        assert ["[a b]"] == texts("$A= \t a b  \n[${A}]")

    def test_a_value_may_name_what_is_defined_later(self):
        assert ["x 1"] == texts("$A=$B\n$B=1\nx $A")

    def test_redefinition_changes_later_lines_only(self):
        assert ["x 1", "x 2"] == texts("$A=1\nx $A\n$A=2\nx $A")

    def test_an_undefined_name_in_braces_is_explained(self):
        document = read("x ${NO}\n")

        assert ["undefined-name"] == codes(document)
        assert ["x $", "{", "NO", "}"] == stream(document)

    def test_a_name_in_quotes_may_be_the_shells(self):
        assert [] == codes(read('script "/bin/x ${HOME}"\n'))

    def test_comments_are_cut_again_after_substitution(self):
        assert ["z_", '"z_#q"', "a"] == texts('z_${_HASH}q\n"z_${_HASH}q"\n$A=\\#\na${A}b')

    @pytest.mark.parametrize("text", ["$A=$A\nx $A\ny\n", "$A=$B\n$B=$A\nx $A\ny\n"])
    def test_a_definition_of_itself_is_an_error_and_no_hang(self, text):
        document = read(text)

        assert ["definition-refers-to-itself"] == codes(document)
        assert ["y"] == stream(document)

    def test_a_line_that_becomes_too_long_is_left_half_done(self):
        document = read("$A=x$A\ny $A\n")

        assert ["expansion-too-long"] == codes(document)
        assert 0 == document.diagnostics[0].exit_class
        (line,) = stream(document)
        assert line.startswith("y xxx") and line.endswith("x$A")

    def test_conditions_and_definitions_that_come_out_of_one_are_not_read_as_such(self):
        assert ["@testhost x", "$D=1"] == texts("$C=@testhost\n$C x\n$E=$D=1\n$E\n")

    def test_a_value_that_starts_with_a_tilde_ends_the_substitution(self):
        assert ["~SEQ(X,2) z_$", "{", "X", "}"] == texts("$Q=~SEQ(X,2) z_${X}\n$Q\n")


class TestBuiltIns:
    def test_the_config_id_and_the_directory(self):
        document = read_files(
            {"keepalived.conf": "include d/a.conf\nx ${_PWD}", "d/a.conf": "a ${_PWD} $_INSTANCE"}
        )

        assert ["a /etc/keepalived/d testhost", "x /etc/keepalived"] == stream(document)

    def test_a_built_in_can_be_redefined(self):
        assert ["x mine"] == texts("$_INSTANCE=mine\nx $_INSTANCE")

    def test_the_environment(self):
        loader = DictLoader({"c": "x ${_ENV VIP}${_ENV NO}y"}, environment={"VIP": "192.0.2.1"})

        assert ["x 192.0.2.1y"] == stream(parse("c", loader))

    @pytest.mark.parametrize("use", ["${_ENV}", "${_ENV A B}", "${_RANDOM a}", "${_RANDOM 1 2 3}"])
    def test_wrong_parameters_are_an_error(self, use):
        assert "built-in-parameters" in codes(read(f"x {use}\n"))

    def test_random_numbers_come_from_the_loader(self):
        loader = DictLoader({"c": "x ${_RANDOM} ${_RANDOM 5} ${_RANDOM 7 9}"})

        assert ["x 0 6 9"] == stream(parse("c", loader))

    def test_a_lower_limit_above_the_upper_is_used_with_an_error(self):
        document = read("x ${_RANDOM 9 5}\n")

        assert (["random-limits"], ["x 9"]) == (codes(document), stream(document))

    def test_random_seed_in_global_defs_seeds(self):
        loader = DictLoader({"c": "global_defs {\nrandom_seed 40\n}\nx ${_RANDOM}"})

        assert "x 40" == stream(parse("c", loader))[-1]


class TestSeveralLines:
    POOL = "$POOL= \\\nreal_server 192.0.2.1 80 { \\\n  weight 2 \\\n}\n"

    def test_the_body_stands_for_the_name(self):
        assert ["real_server 192.0.2.1 80", "{", "weight 2", "}"] == texts(self.POOL + "$POOL\n")

    def test_text_before_the_name_goes_with_the_first_line(self):
        assert ["x a", "b", "y"] == texts("$M=a \\\nb\nx $M\ny")

    @pytest.mark.parametrize("use", ["$M y", 'x "$M"', "${M}y"])
    def test_it_is_replaced_at_the_end_of_a_line_only(self, use):
        assert "b" not in texts("$M=a \\\nb\n" + use)

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("$M=a \\\n\nb\n$M", ["b", "a"]),
            ("$M=a \\\n \\\nb\n$M", ["a", "b"]),
            ("$M=a \\\n   \nb\n$M", ["a", "b"]),
            ("$M=a \\\n# comment\nb\n$M", ["a", "b"]),
            ("$M=a # comment \\\nb\n$M", ["b", "a"]),
            ("$M=a \\ # comment\nb\n$M", ["a", "b"]),
            ("$M= \\\nb\nx $M y", ["x b y"]),
            ("$M= \\\n\nx [${M}] y", ["x [] y"]),
            ("$M=a \\", []),
        ],
    )
    def test_where_the_body_ends(self, body, expected):
        assert expected == texts(body)

    def test_stored_lines_are_read_like_lines_of_the_file_but_not_the_first(self):
        body = "$M=@testhost a \\\n@testhost b \\\n@other c \\\n$N=1 \\\nd $N \\\n~SEQ(I,2) e${I}\n$M\n"

        assert ["@testhost a", "b", "d 1", "e1", "e2"] == texts(body)

    def test_bodies_nest(self):
        assert ["x a", "b", "c"] == texts("$N=a \\\nb\n$M=x $N \\\nc\n$M")

    def test_a_body_of_itself_ends_with_an_error(self):
        document = read("$M=a \\\n$M\n$M\n")

        assert ["expansion-endless"] == list(dict.fromkeys(codes(document)))

    def test_a_name_that_brings_itself_and_a_brace_ends_with_an_error(self):
        document = read("$M= \\\n{ $M\n\nx $M\n")

        assert {"expansion-too-long", "expansion-endless"} <= set(codes(document))

    def test_a_message_names_the_use_and_the_definition(self):
        document = read(self.POOL + "  virtual_server 1 { $POOL\n")
        weight = document.children[0].children[0].children[0]

        assert (5, 22) == (weight.line, weight.span(1).column)
        assert "keepalived.conf:3:3" == str(weight.span(1).via)

    def test_a_word_out_of_a_definition_names_both_places_and_its_neighbours_do_not(self):
        document = read("$A=192.0.2.1\n  real_server ${A} 80\n")
        (statement,) = document.children

        assert [(3, None), (15, 1), (20, None)] == [
            (statement.span(i).column, statement.span(i).via and statement.span(i).via.line) for i in range(3)
        ]

    def test_definitions_are_listed(self):
        document = read("$A=1\n$M=a \\\nb\n@other $B=2\n")

        assert [("A", 1, ("1",)), ("M", 2, ("a", "b"))] == [
            (each.name, each.span.line, each.lines) for each in document.definitions
        ]
