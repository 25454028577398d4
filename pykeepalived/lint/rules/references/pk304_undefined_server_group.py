"""PK304 undefined-server-group."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.references._names import NameRule


class UndefinedServerGroup(NameRule):
    """A virtual_server is for a group that is not defined.

    The service is left out as a whole.

    Bad:
        virtual_server group web {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    Good:
        virtual_server_group web {
            192.0.2.10 80
        }
        virtual_server group web {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    """

    code: ClassVar[str] = "PK304"
    name: ClassVar[str] = "undefined-server-group"
    severity: ClassVar[Severity] = Severity.ERROR
    block: ClassVar[str] = "virtual_server_group"
