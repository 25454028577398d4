"""PK546 weight-above-65535."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

MOST = 65535


class WeightAbove65535(Rule):
    """A real server's weight is above 65535.

    Weights of IPVS are meant to be 0 to 65535; ipvsadm refuses others, so that nobody can take such a
    server out and put it back by hand. keepalived takes up to 2147483647. Only the proportions count: divide
    all weights of the service by the same number.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 70000
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 7
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK546"
    name: ClassVar[str] = "weight-above-65535"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            blocks: tuple[VirtualServer | RealServer, ...] = (service, *service.real_servers)
            for block in blocks:
                weight = block.weight
                if weight is not None and weight > MOST and block.is_set("weight"):
                    yield self.finding(
                        f"weight {weight} is above {MOST}",
                        block.span_of("weight"),
                        consequence="the kernel takes it, ipvsadm does not",
                        hint="only the proportions between the servers count",
                    )
