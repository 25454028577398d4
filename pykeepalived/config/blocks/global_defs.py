"""``global_defs { … }``: settings of the daemon as a whole.

Its many keywords are declared by subject in the ``global_*`` files; each of these classes is the base of the
next one, and this is the last.
"""

from __future__ import annotations

from pykeepalived.config.blocks.global_vrrp import VrrpSettings
from pykeepalived.config.schema import block


@block("global_defs")
class GlobalDefs(VrrpSettings):
    """Daemon-wide settings; the block may appear several times, later values win."""
