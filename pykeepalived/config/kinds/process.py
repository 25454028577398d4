"""How a process of ours runs: its umask, its processors, its buffers."""

from __future__ import annotations

from typing import Any

from pykeepalived.base.c_integer import c_integer
from pykeepalived.config.kinds.base import IGNORED, WordKind
from pykeepalived.config.kinds.numbers import integer
from pykeepalived.config.schema import REJECTED, Rejected, Site
from pykeepalived.syntax.nodes import Statement

_UMASK_BITS = {
    "IRUSR": 0o400, "IWUSR": 0o200, "IXUSR": 0o100, "IRWXU": 0o700,
    "IRGRP": 0o040, "IWGRP": 0o020, "IXGRP": 0o010, "IRWXG": 0o070,
    "IROTH": 0o004, "IWOTH": 0o002, "IXOTH": 0o001, "IRWXO": 0o007,
}  # fmt: skip


class Umask(WordKind[int]):
    """A number by the rules of C up to 0777, or names of permission bits joined by ``|``."""

    words = "NUMBER | BIT[|BIT…]"

    def read(self, statement: Statement, site: Site) -> int | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        value = self.number(words) if words[1][:1].isdigit() else self.bits(" ".join(words[1:]))
        if value is None:
            site.error(
                "bad-umask",
                f"umask: '{' '.join(words[1:])}' is neither a number up to 0777 nor bits joined by |",
                statement,
                1,
                hint="for example 022 or IWGRP|IRWXO",
                consequence=IGNORED,
            )
            return REJECTED
        return value

    def number(self, words: tuple[str, ...]) -> int | None:
        value = c_integer(words[1])
        return value if len(words) == 2 and value is not None and 0 <= value <= 0o777 else None

    def bits(self, text: str) -> int | None:
        mask = 0
        for part in text.split("|"):
            bit = _UMASK_BITS.get(part.strip())
            if bit is None:
                return None
            mask |= bit
        return mask

    def write(self, value: Any) -> str:
        return f"0{value:o}"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": 0o777}


class CpuSet(WordKind[tuple[int, ...]]):
    """Numbers of processors.  keepalived knows at most 1024 of them."""

    words = "CPU…"
    missing = 5
    limit = 1024

    def read(self, statement: Statement, site: Site) -> tuple[int, ...] | Rejected:
        if len(statement.words) < 2:
            return self.absent(statement, site)
        cpus = []
        host = getattr(getattr(site, "context", None), "host", None)
        limit = self.limit if host is None else min(self.limit, host.processors())
        for index, word in enumerate(statement.words[1:], 1):
            cpu = integer(word)
            if cpu is None or not 0 <= cpu < limit:
                site.error(
                    "number-range", f"{statement.words[0]}: there is no processor '{word}'", statement, index,
                    hint=f"they are numbered 0 to {limit - 1}", consequence=IGNORED,
                )  # fmt: skip
                return REJECTED
            cpus.append(cpu)
        return tuple(cpus)

    def write(self, value: Any) -> str:
        return " ".join(str(cpu) for cpu in value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "integer", "minimum": 0}}


class BufferPolicy(WordKind[tuple[str, ...]]):
    """``MTU``, ``ADVERT`` or a number of octets; two different kinds contradict each other."""

    words = "MTU | ADVERT | UINT"
    missing = 5

    def read(self, statement: Statement, site: Site) -> tuple[str, ...] | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        found: list[str] = []
        for index, word in enumerate(words[1:], 1):
            upper = word.upper()
            number = integer(word) if index == 1 else None
            if upper not in ("MTU", "ADVERT") and (number is None or not 0 <= number <= 0xFFFFFFFF):
                site.error(
                    "unknown-value",
                    f"{words[0]}: '{word}' is not known; allowed is MTU, ADVERT or a number of octets",
                    statement,
                    index,
                    consequence=IGNORED,
                )
                return REJECTED
            found.append(upper)
        kinds = {*found, *site.values.get("vrrp_rx_bufs_policy", ())}
        if len(kinds) > 1:
            site.error(
                "contradiction", f"{words[0]}: {' and '.join(sorted(kinds))} exclude each other", statement,
                1,
                consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return (found[0],)

    def write(self, value: Any) -> str:
        return " ".join(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}
