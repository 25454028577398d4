"""PK922 hmac-keys-differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


def _refused(sender: Member, receiver: Member) -> str | None:
    """Why the receiver drops the adverts of the sender; None when it takes them."""
    theirs, ours = sender.instance.auth_hmac, receiver.instance.auth_hmac
    if ours is None or (ours.mode or "enforce") != "enforce":
        return None
    if theirs is None or theirs.mode == "receive-only":
        return "they are not signed"
    used = next((key for key in theirs.key if key.id == theirs.active_key), None)
    known = next((key for key in ours.key if key.id == theirs.active_key), None)
    if used is None:
        return None
    if known is None:
        return f"it has no key {used.id}"
    if used.secret is not None and known.secret is not None and used.secret != known.secret:
        return f"key {used.id} is another one"
    return None


class HmacKeysDiffer(PairRule):
    """A router cannot verify the adverts that another one signs with auth_hmac.

    The key that the sender uses has to be among the receiver's keys, with the same id and the same octets,
    and a router in mode enforce drops adverts without a signature. For a rotation first add the new key
    everywhere, then change active_key. (The message shows no key.)

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            version 3
            auth_hmac {
                key 1 0123456789abcdef0123456789abcdef
                active_key 1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            version 3
            auth_hmac {
                key 1 fedcba9876543210fedcba9876543210
                active_key 1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            version 3
            auth_hmac {
                key 1 0123456789abcdef0123456789abcdef
                active_key 1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            version 3
            auth_hmac {
                key 1 0123456789abcdef0123456789abcdef
                active_key 1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK922"
    name: ClassVar[str] = "hmac-keys-differ"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for receiver in router.members:
                for sender in router.members:
                    why = _refused(sender, receiver) if sender is not receiver else None
                    if why is None:
                        continue
                    yield self.finding(
                        f"{receiver.router} refuses the adverts of {sender.router}: {why}",
                        receiver.place("auth_hmac", word=0),
                        consequence=f"{receiver.router} becomes Master beside {sender.router}",
                        hint="write the same keys on all routers",
                        subject=receiver.instance.name,
                        related=sender.related("the sender", "auth_hmac", word=0),
                    )
