"""The number in a tracked file."""

from __future__ import annotations

import re

READ_LIMIT = 127
"""Bytes that are looked at, as in keepalived."""

_LOWEST, _HIGHEST = -(1 << 31), 1 << 31
_NUMBER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
"""What strtol(3) with base 0 takes: decimal, 0x hexadecimal, 0 octal; what follows is not looked at."""


def number_in(content: bytes | None) -> int | None:
    """The number at the beginning of a file; 0 when there is none (or no file: None), None when it is out
    of range and the file's last number goes on to count.
    """
    if content is None:
        return 0
    match = _NUMBER.match(content[:READ_LIMIT])
    if match is None:
        return 0
    sign, digits = match[1], match[2].lower()
    base = 16 if digits.startswith(b"0x") else 8 if digits.startswith(b"0") and digits != b"0" else 10
    number = int(digits, base)
    if sign == b"-":
        number = -number
    return number if _LOWEST <= number <= _HIGHEST else None
