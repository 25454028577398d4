"""Which main file a file belongs to, its trees and its findings, for one state of all texts.

An editor opens any file of a configuration.  What an included file means is only known from the file that
includes it, so everything is answered for the main file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from pykeepalived.base.span import Span
from pykeepalived.config.load import Loaded, load
from pykeepalived.lint.engine import lint
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.subject import Subject
from pykeepalived.lsp.index import Index, normal
from pykeepalived.lsp.overlay import OverlayLoader
from pykeepalived.lsp.settings import Settings
from pykeepalived.lsp.variables import VariablePlace, variables_of
from pykeepalived.syntax.nodes import Document
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import FileKind, Loader

USUAL_NAME: Final = "keepalived.conf"
_LEVELS_UP: Final = 3
_MOST_CONFIG_IDS: Final = 8
_CONDITION_ID = re.compile(r"^[ \t]*@\^?([^ \t\n]+)[ \t]", re.MULTILINE)


class Project:
    """One main file with all that it includes."""

    def __init__(self, root: str, loader: Loader, settings: Settings) -> None:
        self.root = root
        self._loader = loader
        self._settings = settings

    @cached_property
    def loaded(self) -> Loaded:
        return load(self.root, self._loader, host=self._settings.host, config_id=self._settings.config_id)

    @cached_property
    def document(self) -> Document:
        """The tree, without the cost of binding unless that was done already."""
        loaded: Loaded | None = self.__dict__.get("loaded")
        return loaded.document if loaded is not None else self._parse(self._settings.config_id)

    @cached_property
    def sources(self) -> dict[str, str]:
        """Text of each file by normal path."""
        return {normal(file): text for file, text in self.document.sources.items()}

    @cached_property
    def index(self) -> Index:
        """Of the trees for every configuration-id that the files speak of: a rename must miss none."""
        ids = sorted({found for text in self.sources.values() for found in _CONDITION_ID.findall(text)})
        others = [each for each in ids if each != self._settings.config_id][:_MOST_CONFIG_IDS]
        return Index((self.document, *(self._parse(each) for each in others)), self.sources)

    @cached_property
    def variables(self) -> list[VariablePlace]:
        return [place for file, text in self.sources.items() for place in variables_of(file, text)]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the linter says of this configuration."""
        subject = Subject.of(self.root, self.loaded, host=self._settings.host, target=self._settings.target)
        found = lint([subject], self._settings.selection).findings
        return tuple(finding for finding in found if self._settings.wants(finding))

    def _parse(self, config_id: str) -> Document:
        return parse(self.root, self._loader, config_id=config_id)


class Snapshot:
    """All open texts at one moment; what is worked out from them is kept as long as the snapshot is."""

    def __init__(self, texts: Mapping[str, str], base: Loader, settings: Settings | None = None) -> None:
        self.texts = dict(texts)
        self.settings = settings or Settings()
        self._loader = OverlayLoader(base, self.texts)
        self._projects: dict[str, Project] = {}

    def project(self, root: str) -> Project:
        if root not in self._projects:
            self._projects[root] = Project(root, self._loader, self.settings)
        return self._projects[root]

    def projects_of(self, file: str) -> list[Project]:
        """The projects that read ``file``: those of other main files, else its own."""
        found = [
            project
            for project in map(self.project, self._candidates(file))
            if file in project.sources and project.root != file
        ]
        return found or [self.project(file)]

    def text(self, file: str) -> str | None:
        if file in self.texts:
            return self.texts[file]
        return next(
            (project.sources[file] for project in self._projects.values() if file in project.sources), None
        )

    def findings(self, files: Iterable[str]) -> dict[str, list[Finding]]:
        """Findings by file of every project that one of ``files`` belongs to; clean files have none."""
        result: dict[str, list[Finding]] = {}
        roots = {project.root: project for file in files for project in self.projects_of(file)}
        for project in roots.values():
            for file in project.sources:
                result.setdefault(file, [])
            for finding in project.findings:
                file = normal(finding.span.file if finding.span else project.root)
                found = result.setdefault(file, [])
                if finding not in found:
                    found.append(finding)
        return result

    def _candidates(self, file: str) -> list[str]:
        near = []
        directory = posixpath.dirname(file)
        for _ in range(_LEVELS_UP):
            path = posixpath.join(directory, USUAL_NAME)
            if path not in self.texts and self._loader.kind(path) is FileKind.REGULAR:
                near.append(path)
            directory = posixpath.dirname(directory)
        return list(dict.fromkeys((*self.settings.mains, *self.texts, *near)))


def place_of(finding: Finding, root: str) -> Span:
    """Where to show a finding; one without a line stands at the head of the main file."""
    return finding.span or Span(root, 1, 1, 2)
