"""LALR tables: as Lark makes them, kept, and never taken for those of another grammar."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pykeepalived.syntax import lalr
from pykeepalived.syntax.lalr import made_by_lark, parse, tables_of

SUM = """
%declare NUMBER
%declare PLUS
%declare OPEN
%declare CLOSE
start: sum
sum: sum PLUS part -> add
   | part          -> one
part: NUMBER _nothing         -> number
    | OPEN sum _closing       -> inner
_nothing:
_closing: CLOSE
"""


class Token(NamedTuple):
    type: str
    value: str


class Total:
    """Adds up; of the parts of a rule with ``_`` it sees each."""

    def start(self, children: list[int]) -> int:
        return children[0]

    def add(self, children: list[object]) -> int:
        left, _, right = children
        assert isinstance(left, int)
        assert isinstance(right, int)
        return left + right

    def one(self, children: list[int]) -> int:
        return children[0]

    def number(self, children: list[Token]) -> int:
        (digits,) = children
        return int(digits.value)

    def inner(self, children: list[object]) -> object:
        opening, inside, closing = children
        assert ("(", ")") == (opening.value, closing.value)  # type: ignore[attr-defined]
        return inside


KINDS = {"+": "PLUS", "(": "OPEN", ")": "CLOSE"}


def tokens(text: str) -> list[Token]:
    return [Token(KINDS.get(word, "NUMBER"), word) for word in text.split()]


@pytest.fixture(autouse=True)
def bytecode_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_the_builder_gets_what_each_rule_consists_of() -> None:
    assert 15 == parse(made_by_lark(SUM), tokens("1 + ( 2 + ( 4 ) ) + 8"), Total())


@pytest.mark.parametrize("text", ["1 + +", "1 +", ")", ""])
def test_what_the_grammar_does_not_allow_is_an_error(text: str) -> None:
    with pytest.raises(KeyError):
        parse(made_by_lark(SUM), tokens(text), Total())


def test_tables_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tables"
    made = tables_of(SUM, file)
    monkeypatch.setattr(lalr, "made_by_lark", None)
    assert made == tables_of(SUM, file)


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data[1:]])
def test_a_file_that_is_not_whole_is_made_again(
    tmp_path: Path, harm: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tables"
    tables_of(SUM, file)
    assert callable(harm)
    file.write_bytes(harm(file.read_bytes()))
    assert 3 == parse(tables_of(SUM, file), tokens("1 + 2"), Total())
    monkeypatch.setattr(lalr, "made_by_lark", None)
    assert 3 == parse(tables_of(SUM, file), tokens("1 + 2"), Total()), "it is whole again"


def test_another_grammar_has_tables_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "tables"
    tables_of(SUM, file)
    changed = SUM.replace("-> add", "-> one")
    assert "add" not in {rule.method for rule in tables_of(changed, file).rules}


def test_nothing_is_written_where_python_writes_no_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    tables_of(SUM, tmp_path / "tables")
    assert [] == list(tmp_path.iterdir())


def test_an_ordinary_file_is_read_without_importing_lark(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from pykeepalived.syntax import lalr
lalr.FILE = Path({str(tmp_path / "tables")!r})
from pykeepalived.syntax.parser import parse_text
blocks = [block.head.keyword for block in parse_text("vrrp_instance A {{\\n priority 7\\n}}\\n").children]
print(blocks, "lark" in sys.modules)
"""
    root = Path(__file__).parents[3]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
        ).stdout
        for _ in range(2)
    ]
    assert ["['vrrp_instance'] True\n", "['vrrp_instance'] False\n"] == said
