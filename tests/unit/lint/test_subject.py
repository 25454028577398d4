"""What rules look at."""

from __future__ import annotations

from pykeepalived.lint.subject import MOST_PARENTS
from tests.support.lint import subject_of


def test_a_statement_knows_the_blocks_around_it_outermost_first():
    subject = subject_of("vrrp_instance A {\n virtual_ipaddress {\n  192.0.2.1/24\n }\n}\n")

    assert ("vrrp_instance", "virtual_ipaddress") == subject.statements[-1].path


def test_blocks_that_are_never_closed_do_not_fill_the_memory():
    levels = 2000
    subject = subject_of("".join(f"vrrp_instance V{n} {{\n" for n in range(levels)))

    innermost = subject.statements[-1]
    assert levels == len(subject.statements)
    assert MOST_PARENTS == len(innermost.parents)
    assert f"V{levels - 2}" == innermost.parents[-1].head.words[1]
