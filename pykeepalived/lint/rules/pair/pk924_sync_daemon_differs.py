"""PK924 sync-daemon-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


def _place(subject: Subject) -> Span | None:
    return subject.config.global_defs.span_of("lvs_sync_daemon", 0)


def _sync_id(subject: Subject) -> int | None:
    """The id; the VRID of the instance that the daemon follows when none is written."""
    daemon = subject.config.global_defs.lvs_sync_daemon
    if daemon is None or daemon.sync_id is not None:
        return daemon.sync_id if daemon is not None else None
    return next(
        (i.virtual_router_id for i in subject.config.vrrp_instances if i.name == daemon.instance), None
    )


class SyncDaemonDiffers(PairRule):
    """The IPVS connection synchronisation of the routers does not fit together.

    The id names the group of directors that share connections: with different ids the Backup learns none,
    and without the daemon on one side connections break on one of the two takeovers.

    Bad:
        global_defs {
            lvs_sync_daemon eth1 WEB id 1
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        global_defs {
            lvs_sync_daemon eth1 WEB id 2
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
            lvs_sync_daemon eth1 WEB id 1
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            lvs_sync_daemon eth1 WEB id 1
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK924"
    name: ClassVar[str] = "sync-daemon-differs"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        if not any(shared_routers(subjects)):
            return
        having = [subject for subject in subjects if subject.config.global_defs.lvs_sync_daemon is not None]
        lacking = [subject for subject in subjects if subject.config.global_defs.lvs_sync_daemon is None]
        if not having:
            return
        for subject in lacking:
            yield self.finding(
                f"{subject.path} has no lvs_sync_daemon, {having[0].path} has",
                _place(having[0]),
                consequence=f"connections break when {subject.path} takes over, or when it was Master",
                hint="set lvs_sync_daemon on all routers",
            )
        for subject in having[1:]:
            own, other = _sync_id(subject), _sync_id(having[0])
            if own != other:
                yield self.finding(
                    f"lvs_sync_daemon of {subject.path} has id {own}, of {having[0].path} id {other}",
                    _place(subject),
                    consequence="neither learns the connections of the other",
                    hint="use the same id on all routers",
                )
