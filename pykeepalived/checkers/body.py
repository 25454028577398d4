"""What a url wants to know of the body, judged while it streams by: digest and pattern.  Pure.

Memory is bounded: a pattern is searched in windows of WINDOW_BYTES that overlap by OVERLAP_BYTES, so a
match longer than the overlap may be missed at a seam (keepalived's window is 4 KiB in all).
"""

from __future__ import annotations

import hashlib

from pykeepalived.health.pattern import compile_pattern
from pykeepalived.health.settings import BodyPattern

WINDOW_BYTES = 256 * 1024
OVERLAP_BYTES = 64 * 1024


class BodyJudge:
    """Takes a body in, piece by piece."""

    __slots__ = ("_base", "_digest", "_found", "_pattern", "_regex", "_window")

    def __init__(self, *, digest: bool, pattern: BodyPattern | None) -> None:
        self._digest = hashlib.md5(usedforsecurity=False) if digest else None
        self._pattern = pattern
        self._regex = compile_pattern(pattern.pattern, pattern.options) if pattern else None
        self._window = bytearray()
        self._base = 0
        self._found = False

    def feed(self, body: bytes) -> None:
        """The next bytes of the body."""
        if self._digest is not None:
            self._digest.update(body)
        if self._regex is None or self._found:
            return
        self._window += body
        if len(self._window) >= WINDOW_BYTES:
            self._search(final=False)

    def digest(self) -> str:
        """MD5 of what came, as hex; empty when it was not asked for."""
        return self._digest.hexdigest() if self._digest is not None else ""

    def pattern_fits(self) -> bool:
        """The pattern was found (or is absent, when it is not wanted).  True without a pattern."""
        if self._pattern is None:
            return True
        if not self._found:
            self._search(final=True)
        return self._found == self._pattern.wanted

    def _search(self, *, final: bool) -> None:
        pattern, regex = self._pattern, self._regex
        if pattern is None or regex is None:
            return
        # After the first window its first byte is only context, so that ^ cannot match there.
        start = max(pattern.min_offset - self._base, 1 if self._base else 0)
        for match in regex.finditer(self._window, min(start, len(self._window))):
            if pattern.max_offset and self._base + match.start() >= pattern.max_offset:
                break
            # A match that touches the end of an unfinished body could be the end anchor's mistake.
            if final or match.end() < len(self._window):
                self._found = True
                break
        if self._found or final:
            self._window.clear()
        elif len(self._window) > OVERLAP_BYTES:
            cut = len(self._window) - OVERLAP_BYTES
            self._base += cut
            del self._window[:cut]
