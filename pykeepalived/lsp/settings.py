"""What the user sets: in the editor, and for the linter in ``.pykeepalived.toml`` or ``pyproject.toml``."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pykeepalived.config.host import Host
from pykeepalived.lint import settings as lint_settings
from pykeepalived.lint.engine import Selection
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.subject import NEWEST, Version

SECTION: Final = "pykeepalived"
DEFAULT_DELAY_MS: Final = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """``mains`` are main files by absolute path.  ``baseline`` and ``exceptions`` (pattern → codes) speak of
    files as seen from ``directory``."""

    mains: tuple[str, ...] = ()
    config_id: str = ""
    selection: Selection = field(default_factory=Selection)
    host: Host | None = None
    target: Version = NEWEST
    baseline: frozenset[str] = frozenset()
    exceptions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    directory: str = ""
    delay_s: float = DEFAULT_DELAY_MS / 1000
    """Pause in typing after which diagnostics are made."""

    def wants(self, finding: Finding) -> bool:
        """Whether neither the baseline nor an exception for its file leaves a finding out."""
        if not self.baseline and not self.exceptions:
            return True
        file = posixpath.relpath(finding.file, self.directory or "/") if finding.file else ""
        seen = finding
        if finding.span is not None:
            seen = replace(finding, span=replace(finding.span, file=file))
        if seen.fingerprint() in self.baseline or finding.fingerprint() in self.baseline:
            return False
        return all(
            Selection(ignore=codes).wants(finding.code, finding.name)
            for pattern, codes in self.exceptions
            if fnmatch.fnmatch(file, pattern) or fnmatch.fnmatch(posixpath.basename(file), pattern)
        )


def merge(
    options: object,
    from_file: lint_settings.Settings,
    *,
    directory: str,
    host: Host,
    baseline: frozenset[str] = frozenset(),
) -> Settings:
    """The editor's ``options`` on top of a settings file; what neither says has its usual value.

    ``directory`` is where relative names of main files start; ``host`` is used when it is asked for.
    """
    table: Mapping[str, Any] = options if isinstance(options, Mapping) else {}
    table = table.get(SECTION) if isinstance(table.get(SECTION), Mapping) else table  # type: ignore[assignment]
    mains = _texts(table.get("main"))
    delay = table.get("delay")
    severity = lint_settings.SEVERITIES.get(
        str(table.get("minSeverity") or from_file.min_severity).lower(), Selection().min_severity
    )
    select = _texts(table.get("select")) or from_file.select
    asked = table.get("host")
    return Settings(
        mains=tuple(posixpath.normpath(posixpath.join(directory, main)) for main in mains),
        config_id=str(table.get("configId") or from_file.config_id or ""),
        selection=Selection(select, (*from_file.ignore, *_texts(table.get("ignore"))), severity),
        host=host if (from_file.host if asked is None else asked) else None,
        target=lint_settings.TARGETS.get(str(table.get("target") or from_file.target), NEWEST),
        baseline=baseline,
        exceptions=from_file.per_file_ignores,
        directory=from_file.directory or directory,
        delay_s=max(0, delay if isinstance(delay, int | float) else DEFAULT_DELAY_MS) / 1000,
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
