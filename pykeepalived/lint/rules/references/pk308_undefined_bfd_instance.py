"""PK308 undefined-bfd-instance."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.references._names import NameRule


class UndefinedBfdInstance(NameRule):
    """track_bfd or BFD_CHECK names a BFD instance that is not defined.

    The entry is left out, and the session is not followed.

    Bad:
        vrrp_instance VI_1 {
            track_bfd {
                peer
            }
        }
    Good:
        bfd_instance peer {
            neighbor_ip 192.0.2.2
        }
        vrrp_instance VI_1 {
            track_bfd {
                peer
            }
        }
    """

    code: ClassVar[str] = "PK308"
    name: ClassVar[str] = "undefined-bfd-instance"
    severity: ClassVar[Severity] = Severity.ERROR
    block: ClassVar[str] = "bfd_instance"
