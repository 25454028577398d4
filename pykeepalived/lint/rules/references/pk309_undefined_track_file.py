"""PK309 undefined-track-file."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.references._names import NameRule


class UndefinedTrackFile(NameRule):
    """A track_file entry or FILE_CHECK names a file object that is not defined.

    The entry is left out: the priority or weight does not follow the file.

    Bad:
        vrrp_instance VI_1 {
            track_file {
                load
            }
        }
    Good:
        track_file load {
            file /run/load
        }
        vrrp_instance VI_1 {
            track_file {
                load
            }
        }
    """

    code: ClassVar[str] = "PK309"
    name: ClassVar[str] = "undefined-track-file"
    severity: ClassVar[Severity] = Severity.ERROR
    block: ClassVar[str] = "track_file"
