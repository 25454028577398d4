"""Lines are counted as the reader of the configuration counts them."""

from pykeepalived.base.text import split_lines, split_lines_keeping_ends


def test_only_a_line_feed_ends_a_line() -> None:
    """A form feed, NEL or line separator stays inside its line."""
    assert ["a\x0cb", "c\x85d\u2028e"] == split_lines("a\x0cb\nc\x85d\u2028e\n")


def test_a_carriage_return_before_the_line_feed_is_dropped() -> None:
    assert ["a", "b\rc"] == split_lines("a\r\nb\rc")


def test_joining_the_kept_lines_gives_the_text_again() -> None:
    for text in ("", "a", "a\n", "a\r\nb", "\n\n", "a\x0c\nb\n"):
        assert text == "".join(split_lines_keeping_ends(text))
