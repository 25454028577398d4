"""What a player reads in the daemons' logs to say why a wait was in vain."""

from __future__ import annotations

from pykeepalived.lab import play

LOG = """\
Mon Nov 23 08:06:57 2026: Activating healthchecker for service [192.0.2.7]:tcp:80 for VS [192.0.2.100]:tcp:80
Mon Nov 23 08:06:59 2026: SSL_CHECK on service [192.0.2.7]:tcp:80: Network is unreachable
Mon Nov 23 08:06:59 2026: SSL_CHECK on service [192.0.2.7]:tcp:80 failed.
Mon Nov 23 08:07:00 2026: (outside) fault: BFD session other down
Mon Nov 23 08:07:00 2026: (outside) Entering FAULT STATE (init)
Mon Nov 23 08:07:01 2026: (outside) no longer at fault: BFD session other down
"""


def test_the_reason_of_a_failed_check() -> None:
    found = [match.groupdict() for match in play.CHECK.finditer(LOG)]

    assert [{"address": "192.0.2.7", "reason": "Network is unreachable"}] == found


def test_the_reason_of_a_fault_and_not_of_its_end() -> None:
    found = [match.groupdict() for match in play.FAULT.finditer(LOG)]

    assert [{"instance": "outside", "reason": "BFD session other down"}] == found
