"""PK301 undefined-track-script."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.references._names import NameRule


class UndefinedTrackScript(NameRule):
    """track_script names a script that is not defined.

    The entry is left out: the instance does not follow the script at all, and stays Master when it fails.

    Bad:
        vrrp_instance VI_1 {
            track_script {
                check_web
            }
        }
    Good:
        vrrp_script check_web {
            script /usr/libexec/check_web
        }
        vrrp_instance VI_1 {
            track_script {
                check_web
            }
        }
    """

    code: ClassVar[str] = "PK301"
    name: ClassVar[str] = "undefined-track-script"
    severity: ClassVar[Severity] = Severity.ERROR
    block: ClassVar[str] = "vrrp_script"
