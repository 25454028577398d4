"""What stands beside the project and is no part of it, in ``../shared``.

Published configurations of others, the catalogue of keywords, what keepalived was seen to do.  A test that
reads it is skipped where it is absent, and the end of a run says how many were.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "corpus"
CORPUS_FILES = sorted((*CORPUS.glob("*.conf"), *CORPUS.glob("mutants/*.conf")))
CATALOGUE = SHARED / "reference" / "keywords.json"


def needs(path: Path) -> pytest.MarkDecorator:
    """For a test that reads ``path``.  ``.ci/closing.py`` knows these words."""
    return pytest.mark.skipif(not path.exists(), reason=f"{path} is not beside this clone")


needs_corpus = needs(CORPUS)
