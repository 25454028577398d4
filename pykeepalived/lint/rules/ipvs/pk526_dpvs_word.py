"""PK526 dpvs-word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

METHOD = ("lb_kind", "lvs_method")
FORWARDING = ("FNAT", "SNAT")
WORDS = frozenset({
    "local_address_group", "laddr_group_name", "laddr_group", "syn_proxy", "conn_timeout", "est_timeout",
    "vip_bind_dev", "daddr_group_name", "blklst_addr_gname", "whtlst_addr_gname", "dest_check",
    "expire_quiescent_conn", "limit_proportion", "hash_target", "proxy_protocol", "tunnel_entry",
})  # fmt: skip


class DpvsWord(Rule):
    """The file is written for DPVS, not for keepalived.

    DPVS is a load balancer on DPDK with a fork of keepalived whose files have words that keepalived does
    not know: FNAT and SNAT forwarding, laddr_group_name, syn_proxy and more. keepalived ignores those
    words, and what is left does something else. One finding stands for the whole file.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind FNAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK526"
    name: ClassVar[str] = "dpvs-word"
    severity: ClassVar[Severity] = Severity.ERROR
    replaces: ClassVar[tuple[str, ...]] = ("PK107", "PK108", "PK206")

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            statement = placed.statement
            word = None
            if statement.keyword in METHOD and len(statement.words) > 1 and statement.words[1] in FORWARDING:
                word = 1
            elif statement.keyword in WORDS:
                word = 0
            if word is not None:
                yield self.finding(
                    f"{statement.words[word]} is a word of DPVS, not of keepalived",
                    statement.span(word),
                    consequence="keepalived ignores it",
                    hint="use this file with the keepalived of DPVS, or write the service anew",
                )
                return
