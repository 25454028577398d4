"""Hexadecimal text: digests, octets, patterns of octets."""

from __future__ import annotations

import re
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, WordKind
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import HexPattern
from pykeepalived.syntax.nodes import Statement


class Digest(WordKind[str]):
    """The MD5 of a page as 32 hexadecimal digits."""

    words = "HEX32"

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        text = words[1]
        if re.fullmatch(r"[0-9a-fA-F]{32}", text):
            return text.lower()
        what = f"{len(text)} characters" if len(text) != 32 else "other than hexadecimal digits"
        site.error(
            "bad-digest", f"digest has {what}; an MD5 digest is 32 hexadecimal digits", statement, 1,
            hint="genhash prints the digest of a page", consequence=IGNORED,
        )  # fmt: skip
        return REJECTED


class HexBytes(WordKind[bytes]):
    """Octets in hexadecimal, one or two digits each when blanks stand between them."""

    words = "HEX"
    missing = 5

    def read(self, statement: Statement, site: Site) -> bytes | Rejected:
        if len(statement.words) < 2:
            return self.absent(statement, site)
        nibbles = hex_octets(statement.words[1:], wildcard=False)
        if nibbles is None:
            site.error(
                "bad-hex", f"{statement.words[0]}: only hexadecimal digits are allowed", statement, 1,
                consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return nibbles[0]

    def write(self, value: Any) -> str:
        return " ".join(f"{octet:02x}" for octet in value)


class HexPatternKind(Kind[HexPattern]):
    """A reply pattern: as HexBytes, with X as a digit that may be anything; nothing means any reply."""

    words = "[HEX-PATTERN]"

    def read(self, statement: Statement, site: Site) -> HexPattern | Rejected:
        if len(statement.words) < 2:
            return HexPattern(b"", b"")
        octets = hex_octets(statement.words[1:], wildcard=True)
        if octets is None:
            site.error(
                "bad-hex", f"{statement.words[0]}: only hexadecimal digits and X are allowed", statement, 1,
                consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return HexPattern(*octets)

    def write(self, value: Any) -> str:
        out = []
        for octet, mask in zip(value.value, value.mask, strict=True):
            high = f"{octet >> 4:x}" if mask & 0xF0 else "X"
            low = f"{octet & 15:x}" if mask & 0x0F else "X"
            out.append(high + low)
        return " ".join(out)


def hex_octets(words: tuple[str, ...], *, wildcard: bool) -> tuple[bytes, bytes] | None:
    """Value and mask of a hexadecimal text; None when a sign is wrong."""
    value, mask = bytearray(), bytearray()
    for word in words:
        for part in word.split():
            pairs = [part] if len(part) == 1 else [part[i : i + 2] for i in range(0, len(part), 2)]
            for pair in pairs:
                octet = cover = 0
                for digit in pair:
                    octet <<= 4
                    cover <<= 4
                    if digit in "0123456789abcdefABCDEF":
                        octet |= int(digit, 16)
                        cover |= 15
                    elif not (wildcard and digit in "xX"):
                        return None
                value.append(octet)
                mask.append(cover if len(pair) == 2 else cover | 0xF0)
    return bytes(value), bytes(mask)
