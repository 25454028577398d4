"""PK510 hash-of-single-destination."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject

BY_DESTINATION = ("dh", "lblc", "lblcr")


class HashOfSingleDestination(Rule):
    """The scheduler chooses by the destination address, and the service has only one.

    dh, lblc and lblcr are made for a farm of caches that sees many destinations through a firewall mark.
    Behind a single virtual address, dh sends every connection to one server, and lblc and lblcr do so until
    that server is overloaded.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo dh
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo sh
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server fwmark 7 {
            lb_algo dh
            lb_kind NAT
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK510"
    name: ClassVar[str] = "hash-of-single-destination"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            if service.lb_algo not in BY_DESTINATION or service.address is None:
                continue
            yield self.finding(
                f"{service.lb_algo} chooses by destination address, and {label(service)} has only one",
                service.span_of("lb_algo"),
                consequence="the connections are not spread over the real servers",
                hint="for stickiness by client use sh or mh",
            )
