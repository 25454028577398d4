"""Where the MIBs stand in the tree of object identifiers."""

from __future__ import annotations

from typing import Final

from pykeepalived.wire.agentx import Oid

KEEPALIVED: Final[Oid] = (1, 3, 6, 1, 4, 1, 9586, 100, 5)
"""KEEPALIVED-MIB (enterprises.debian.project.keepalived)."""
GLOBAL: Final[Oid] = (*KEEPALIVED, 1)
VRRP: Final[Oid] = (*KEEPALIVED, 2)
CHECK: Final[Oid] = (*KEEPALIVED, 3)
RFC2787: Final[Oid] = (1, 3, 6, 1, 2, 1, 68)
"""VRRP-MIB (RFC 2787), for VRRPv2."""
RFC6527: Final[Oid] = (1, 3, 6, 1, 2, 1, 207)
"""VRRPV3-MIB (RFC 6527)."""
