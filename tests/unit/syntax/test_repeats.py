"""Blocks that repeat others are recognised, and nobody can tell them from blocks that were read."""

from pykeepalived.syntax.nodes import Block, Document
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.repeats import RepeatedBlock
from pykeepalived.syntax.source import DictLoader
from tests.support.syntax_cases import places

SERVER = "real_server 192.0.2.{} 80 {{\n    weight 1\n    TCP_CHECK {{\n        retry 2\n    }}\n}}\n"


def read(text: str, large_file: int) -> Document:
    return parse("k.conf", DictLoader({"k.conf": text}), large_file=large_file)


def kinds(text: str) -> list[type]:
    return [type(node) for node in read(text, 1).children]


def agree(text: str) -> None:
    assert places(read(text, 10**9)) == places(read(text, 1))


def test_the_second_block_with_the_same_lines_is_a_repetition() -> None:
    text = "".join(map(SERVER.format, range(3)))
    assert [Block, RepeatedBlock, RepeatedBlock] == kinds(text)
    agree(text)


def test_one_other_character_makes_another_block() -> None:
    text = SERVER.format(1) + SERVER.format(2).replace("retry 2", "retry 3")
    assert [Block, Block] == kinds(text)
    agree(text)


def test_a_brace_on_a_line_of_its_own_is_read_as_always() -> None:
    agree(SERVER.format(1).replace(" {", "\n{") * 3)


def test_a_definition_inside_makes_a_block_that_is_read_each_time() -> None:
    text = "".join(f"$W={n}\nserver {n} {{\n weight $W\n}}\n" for n in range(3))
    assert RepeatedBlock not in kinds(text)
    agree(text)


def test_a_block_that_the_file_leaves_open_is_no_repetition() -> None:
    text = "a 1 {\n b 2\n}\na 2 {\n b 2\n"
    assert [Block, Block] == kinds(text)
    agree(text)


def test_a_stray_brace_and_a_condition_between_repetitions_change_nothing() -> None:
    agree("a 1 {\n b\n}\n}\na 2 {\n b\n}\n@x c {\na 3 {\n b\n}\n@^x }\na 4 {\n b\n}\n")
    agree("o {\na 1 {\n b\n}\n@^x }\n@^x o {\na 3 {\n b\n}\n}\n")
    agree("o {\na 1 {\n b\n}\n$X=1\n}\no {\na 3 {\n b\n}\n$X=1\n}\n")


def test_repetitions_inside_one_another_keep_their_lines() -> None:
    agree("o 1 {\na 1 {\n b\n}\na 2 {\n b\n}\n}\no 2 {\na 1 {\n b\n}\na 2 {\n b\n}\n}\n")


def test_a_keyword_whose_blocks_never_repeat_is_given_up() -> None:
    different = "".join(f"list {{\n 192.0.2.{n}\n}}\n" for n in range(200))
    repeated = "list {\n 198.51.100.1\n}\n" * 2
    assert RepeatedBlock not in kinds(different + repeated)
    agree(different + repeated)
