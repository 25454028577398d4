"""Which parts of the MIBs are asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """What this agent serves: parts of KEEPALIVED-MIB and the two MIBs of the RFCs, and whether it traps."""

    vrrp: bool = False
    checker: bool = False
    rfc2787: bool = False
    rfc6527: bool = False
    traps: bool = False

    def __bool__(self) -> bool:
        return self.vrrp or self.checker or self.rfc2787 or self.rfc6527
