"""PCRE2 patterns of the configuration (``regex`` of a url) as Python's."""

from __future__ import annotations

import functools
import re

_FLAGS = {"caseless": re.IGNORECASE, "multiline": re.MULTILINE, "dotall": re.DOTALL, "extended": re.VERBOSE}


@functools.lru_cache(maxsize=1024)
def compile_pattern(pattern: str, options: tuple[str, ...]) -> re.Pattern[bytes]:
    """A pattern of the configuration for Python's engine; re.error when it does not fit.

    Of PCRE2's options those with an equivalent count: caseless, multiline, dotall, extended, anchored
    and endanchored.
    """
    names = {option.lower().removeprefix("pcre2_") for option in options}
    flags = re.RegexFlag(0)
    for name, flag in _FLAGS.items():
        if name in names:
            flags |= flag
    # PCRE2's dollar_endonly is what \Z means here; named groups lack Python's P.
    text = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)
    if "anchored" in names:
        text = rf"\A(?:{text})"
    if "endanchored" in names:
        text = rf"(?:{text})\Z"
    return re.compile(text.encode(), flags)
