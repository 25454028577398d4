"""``auth_hmac`` of an instance -> keys, mode and window of its router, and the policy of the codec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.settings import Hmac, HmacKey
from pykeepalived.wire.auth_hmac import HmacMode, HmacPolicy

if TYPE_CHECKING:
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance

_SHORTEST_WINDOW_S = 5
_LONGEST_WINDOW_S = 300


def plan_hmac(block: VrrpInstance, interval_ns: int, *, strict: bool) -> Hmac | None:
    """None: no trailer is sent or asked for.  A key whose file was not read is not there."""
    written = block.auth_hmac
    if written is None:
        return None
    keys = tuple(HmacKey(key.id, key.secret) for key in written.key if key.secret is not None)
    active = written.active_key
    if active is None or all(key.id != active for key in keys):
        return None
    mode = HmacMode.ENFORCE if strict or written.mode is None else HmacMode(written.mode)
    window_s = None
    if written.anti_replay != "monotonic":
        derived = 3 * (interval_ns // NANOSECONDS_PER_SECOND)
        window_s = written.time_window or max(_SHORTEST_WINDOW_S, min(_LONGEST_WINDOW_S, derived))
    return Hmac(keys, active, mode.value, window_s)


def hmac_policy(settings: Hmac | None) -> HmacPolicy | None:
    """The same for the codec."""
    if settings is None:
        return None
    keys = {key.id: key.secret for key in settings.keys}
    return HmacPolicy(keys, settings.active_key, HmacMode(settings.mode), settings.window_s)
