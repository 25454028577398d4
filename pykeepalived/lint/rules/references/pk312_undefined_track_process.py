"""PK312 undefined-track-process."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.references._names import NameRule


class UndefinedTrackProcess(NameRule):
    """track_process names a process object that is not defined.

    The entry is left out: the instance does not follow the process.

    Bad:
        vrrp_instance VI_1 {
            track_process {
                web
            }
        }
    Good:
        vrrp_track_process web {
            process nginx
        }
        vrrp_instance VI_1 {
            track_process {
                web
            }
        }
    """

    code: ClassVar[str] = "PK312"
    name: ClassVar[str] = "undefined-track-process"
    severity: ClassVar[Severity] = Severity.ERROR
    block: ClassVar[str] = "vrrp_track_process"
