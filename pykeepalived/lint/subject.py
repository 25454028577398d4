"""What a rule looks at: one configuration, read and bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pykeepalived.base.diagnostic import Diagnostic

if TYPE_CHECKING:
    from pykeepalived.config import Config
    from pykeepalived.config.host import Host
    from pykeepalived.syntax.nodes import Document

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """One configuration under the linter.

    ``texts`` has the raw text of every file read, by name.  ``host`` is None unless questions about this
    machine were asked for.  ``target`` is the keepalived version that the file is meant for.
    """

    path: str
    document: Document
    config: Config
    diagnostics: tuple[Diagnostic, ...]
    texts: dict[str, str] = field(default_factory=dict)
    host: Host | None = None
    target: Version = (2, 4)
