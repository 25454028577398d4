"""A list of names takes several on one line; each is a name of its own, at its own place."""

from pykeepalived.config.bind import bind
from pykeepalived.config.load import load_text
from pykeepalived.syntax.parser import parse_text


def names(text):
    return bind(parse_text(text)).config.vrrp_sync_groups[0].group


def test_each_word_of_a_line_is_a_member():
    found = names("vrrp_sync_group G {\n group { A B\n C }\n}\n")

    assert ["A", "B", "C"] == [member.name for member in found]
    assert [(2, 10), (2, 12), (3, 2)] == [
        (member.statement.span().line, member.statement.span().column) for member in found
    ]


def test_a_name_out_of_a_definition_knows_where_it_came_from():
    found = names("$N=A B\nvrrp_sync_group G {\n group { $N }\n}\n")

    assert ["A", "B"] == [member.name for member in found]
    assert [1, 1] == [member.statement.span().via.line for member in found]


def test_a_quoted_name_stays_one():
    config = load_text('global_defs {\n notification_email { "A <a@example.net>" b@example.net }\n}\n').config

    assert ["A <a@example.net>", "b@example.net"] == [
        entry.name for entry in config.global_defs.notification_email
    ]
