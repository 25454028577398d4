"""``auth_hmac`` of a configuration -> keys and policy; what is left of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.cli.host import RealHost
from pykeepalived.config.host import InterfaceFacts
from pykeepalived.config.load import load_text
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_hmac import hmac_policy
from pykeepalived.vrrp.settings import Hmac, HmacKey, RouterSettings
from pykeepalived.wire.auth_hmac import HmacMode

KEY = "00112233445566778899aabbccddeeff" * 2
KEY_BYTES = bytes.fromhex(KEY)


class Host(RealHost):
    """This machine, with every interface."""

    def interface(self, name: str) -> InterfaceFacts:
        return InterfaceFacts(2)


def router(lines: str, *, instance: str = "version 3") -> RouterSettings:
    text = f"""vrrp_instance VI_1 {{
        interface eth0
        virtual_router_id 51
        {instance}
        auth_hmac {{
            {lines}
        }}
        virtual_ipaddress {{
            192.0.2.100/24
        }}
    }}"""
    (only,) = plan_vrrp(load_text(text, host=Host()).config).routers
    return only


def hmac(lines: str, *, instance: str = "version 3") -> Hmac | None:
    return router(lines, instance=instance).hmac


def test_the_defaults_are_enforcing_within_five_seconds() -> None:
    """[RX-19]"""
    assert Hmac((HmacKey(1, KEY_BYTES),), 1, "enforce", 5) == hmac(f"key 1 hex:{KEY}\nactive_key 1")


@pytest.mark.parametrize(
    ("lines", "instance", "window_s"),
    [
        ("", "advert_int 1", 5),
        ("", "advert_int 4", 12),
        ("", "advert_int 200", 300),
        ("time_window 20", "advert_int 4", 20),
        ("anti_replay monotonic", "advert_int 4", None),
        ("anti_replay time", "version 3\nadvert_int 0.1", 5),
    ],
)
def test_the_window_is_three_intervals_and_not_too_short(
    lines: str, instance: str, window_s: int | None
) -> None:
    """[RX-19]"""
    found = hmac(f"key 1 hex:{KEY}\nactive_key 1\n{lines}", instance=instance)
    assert found is not None
    assert window_s == found.window_s


@pytest.mark.parametrize(
    ("word", "strict", "expected"),
    [
        ("permissive", "", HmacMode.PERMISSIVE),
        ("receive-only", "", HmacMode.RECEIVE_ONLY),
        ("permissive", "strict_mode", HmacMode.ENFORCE),
    ],
)
def test_strict_mode_enforces(word: str, strict: str, expected: HmacMode) -> None:
    policy = hmac_policy(hmac(f"key 1 hex:{KEY}\nactive_key 1\nmode {word}", instance=f"version 3\n{strict}"))
    assert policy is not None
    assert expected is policy.mode


@pytest.mark.parametrize("lines", [f"key 1 hex:{KEY}\nactive_key 2", f"key 1 hex:{KEY}", "active_key 1"])
def test_without_a_key_to_sign_with_there_is_no_trailer(lines: str) -> None:
    assert hmac(lines) is None
    assert hmac_policy(None) is None


def test_a_key_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"hex:{KEY}\n")
    path.chmod(0o600)
    assert Hmac((HmacKey(7, KEY_BYTES),), 7) == hmac(f"key 7 file:{path}\nactive_key 7")


@pytest.mark.parametrize("content", ["too short", "hex:zz", "x" * 500])
def test_a_file_without_a_usable_key_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    assert hmac(f"key 1 file:{path}\nactive_key 1") is None


def test_a_key_file_that_others_can_read_is_told_and_used(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k" * 32)
    path.chmod(0o640)
    text = (
        "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n version 3\n auth_hmac {\n"
        f" key 1 file:{path}\n active_key 1\n }}\n virtual_ipaddress {{\n 192.0.2.1\n }}\n}}\n"
    )
    loaded = load_text(text, host=Host())

    assert "key-file-mode" in [diagnostic.code for diagnostic in loaded.diagnostics]
    assert plan_vrrp(loaded.config).routers[0].hmac == Hmac((HmacKey(1, b"k" * 32),), 1)


def test_secrets_are_not_shown() -> None:
    assert KEY_BYTES.hex() not in repr(router(f"key 1 hex:{KEY}\nactive_key 1")).replace("\\x", "")
    assert "secret" not in repr(HmacKey(1, KEY_BYTES))
