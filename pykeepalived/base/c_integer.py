"""Numbers as C writes them."""

from __future__ import annotations

import re


def c_integer(text: str) -> int | None:
    """A number by the rules of C: 0x for hexadecimal, a leading 0 for octal."""
    found = re.fullmatch(r"[ \t]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", text)
    if found is None:
        return None
    digits = found[2]
    if digits[:2] in ("0x", "0X"):
        value = int(digits, 16)
    elif digits[0] == "0":
        value = int(digits, 8)
    else:
        value = int(digits)
    return -value if found[1] == "-" else value
