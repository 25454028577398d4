"""PK004 global-default-overridden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

INSTANCE_KEYWORDS = frozenset(VrrpInstance.schema.keywords) - {"priority"}
"""vrrp_priority is the nice value of the process, not a default."""


class GlobalDefaultOverridden(Rule):
    """A default of global_defs counts for no instance, because every instance sets its own value.

    Changing the default changes nothing, which surprises whoever tries it.

    Bad:
        global_defs {
            vrrp_garp_master_delay 5
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            garp_master_delay 10
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            vrrp_garp_master_delay 5
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK004"
    name: ClassVar[str] = "global-default-overridden"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        defs, instances = subject.config.global_defs, subject.config.vrrp_instances
        if not instances:
            return
        for attribute in defs.where:
            own = attribute.removeprefix("vrrp_")
            if own == attribute or own not in INSTANCE_KEYWORDS:
                continue
            if all(instance.is_set(own) for instance in instances):
                yield self.finding(
                    f"{attribute} counts for no instance: each sets {own} itself",
                    defs.span_of(attribute, 0),
                    hint=f"remove it, or leave {own} out where the default is meant",
                )
