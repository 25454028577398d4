"""PK316 undefined-track-group."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.references._names import NameRule


class UndefinedTrackGroup(NameRule):
    """A static address, route or rule names a track_group that is not defined.

    The word is ignored, so losing the address does not put any instance into Fault.

    Bad:
        static_ipaddress {
            192.0.2.10/24 dev eth0 track_group lan
        }
    Good:
        track_group lan {
            VI_1
        }
        static_ipaddress {
            192.0.2.10/24 dev eth0 track_group lan
        }
    """

    code: ClassVar[str] = "PK316"
    name: ClassVar[str] = "undefined-track-group"
    severity: ClassVar[Severity] = Severity.ERROR
    block: ClassVar[str] = "track_group"
