"""States and diagnostic codes of RFC 5880 section 4.1; the numbers are those on the wire."""

from __future__ import annotations

import enum


class State(enum.IntEnum):
    """bfd.SessionState."""

    ADMIN_DOWN = 0
    DOWN = 1
    INIT = 2
    UP = 3

    @property
    def label(self) -> str:
        """As log lines call it."""
        return self.name.replace("_", "").capitalize().replace("Admindown", "AdminDown")


class Diagnostic(enum.IntEnum):
    """Why a session was last left; numbers above those the RFC defines can be received."""

    NONE = 0
    DETECTION_TIME_EXPIRED = 1
    ECHO_FAILED = 2
    NEIGHBOR_SIGNALED_DOWN = 3
    FORWARDING_PLANE_RESET = 4
    PATH_DOWN = 5
    CONCATENATED_PATH_DOWN = 6
    ADMINISTRATIVELY_DOWN = 7
    REVERSE_CONCATENATED_PATH_DOWN = 8


_TEXTS = {
    Diagnostic.NONE: "No Diagnostic",
    Diagnostic.DETECTION_TIME_EXPIRED: "Control Detection Time Expired",
    Diagnostic.ECHO_FAILED: "Echo Function Failed",
    Diagnostic.NEIGHBOR_SIGNALED_DOWN: "Neighbor Signaled Session Down",
    Diagnostic.FORWARDING_PLANE_RESET: "Forwarding Plane Reset",
    Diagnostic.PATH_DOWN: "Path Down",
    Diagnostic.CONCATENATED_PATH_DOWN: "Concatenated Path Down",
    Diagnostic.ADMINISTRATIVELY_DOWN: "Administratively Down",
    Diagnostic.REVERSE_CONCATENATED_PATH_DOWN: "Reverse Concatenated Path Down",
}


def diagnostic_text(code: int) -> str:
    """The RFC's words for a code, or its number."""
    try:
        return _TEXTS[Diagnostic(code)]
    except ValueError:
        return f"code {code}"


TRANSITIONS: dict[tuple[State, State], State] = {
    (State.DOWN, State.DOWN): State.INIT,
    (State.DOWN, State.INIT): State.UP,
    (State.INIT, State.INIT): State.UP,
    (State.INIT, State.UP): State.UP,
    (State.UP, State.DOWN): State.DOWN,
    (State.INIT, State.ADMIN_DOWN): State.DOWN,
    (State.UP, State.ADMIN_DOWN): State.DOWN,
}
"""(our state, state in a received packet): our next state (RFC 5880 section 6.8.6).  What is absent stays."""
