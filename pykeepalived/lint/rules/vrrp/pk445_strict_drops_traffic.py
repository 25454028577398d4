"""PK445 strict-drops-traffic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import fix_of, line_before_close, place
from pykeepalived.lint.subject import Subject

OWNER = 255


def _strict_word(subject: Subject, instance: VrrpInstance) -> Span | None:
    """The word that turned strict mode on."""
    if instance.is_set("strict_mode"):
        return instance.span_of("strict_mode", 0)
    return subject.config.global_defs.span_of("vrrp_strict", 0)


class StrictDropsTraffic(Rule):
    """Strict mode keeps everybody from using the virtual addresses.

    A router that is not the address owner must not accept packets for the addresses (RFC 9568,
    Accept_Mode), and strict mode makes keepalived drop them in the firewall: no ping, no service on the
    address. It is the most frequent surprise with keepalived, as samples have vrrp_strict. Write accept in
    the instance, or leave vrrp_strict out. (A router that only forwards needs neither; write no_accept
    then.)

    Bad:
        global_defs {
            vrrp_strict
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            vrrp_strict
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            accept
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK445"
    name: ClassVar[str] = "strict-drops-traffic"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            if (
                not instance.strict_mode
                or instance.accept
                or instance.no_accept
                or instance.priority == OWNER
            ):
                continue
            if not instance.virtual_ipaddress and not instance.virtual_ipaddress_excluded:
                continue
            edits = line_before_close(subject, instance, "accept")
            yield self.finding(
                f"strict mode without accept: {instance.name} drops packets for its own addresses",
                _strict_word(subject, instance) or place(instance, "interface"),
                consequence="the addresses answer no ping and no service on them can be reached",
                hint="add accept to the instance, or remove vrrp_strict",
                subject=instance.name,
                fix=fix_of("Add accept", edits, safe=False),
            )
