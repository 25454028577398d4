"""vrrp_instance and its neighbours: what is checked while they are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pykeepalived.config.frame import Frame
from pykeepalived.config.host import Host
from pykeepalived.config.kinds.base import IGNORED, LINE_DROPPED
from pykeepalived.config.kinds.network import address
from pykeepalived.config.kinds.vrrp import hmac_secret
from pykeepalived.config.schema import REJECTED, Keyword
from pykeepalived.syntax.nodes import Statement


def interface(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """The interface must exist (unless dynamic_interfaces) and must not be the loopback."""
    host = site.context.host
    if host is None:
        return value
    facts = host.interface(value)
    if facts is None:
        if "dynamic_interfaces" not in site.context.global_values:
            site.error(
                "unknown-interface", f"interface {value} doesn't exist", statement, 1,
                consequence="VRRP cannot run", hint=_other_name(host, value),
            )  # fmt: skip
    elif facts.loopback:
        site.error(
            "loopback", f"{value} is the loopback interface; VRRP cannot run there", statement, 1,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED
    return value


def fix_family(site: Frame, statement: Statement, version: int, what: str, word: int = 1) -> bool:
    """The first address of an instance decides its family; says whether this one agrees."""
    family = site.scratch.setdefault("family", version)
    if family != version:
        site.error(
            "family-mismatch", f"{what} is IPv{version}, the instance is IPv{family}", statement, word,
            consequence=LINE_DROPPED,
        )  # fmt: skip
        return False
    return True


def address_of_adverts(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """mcast_src_ip, unicast_src_ip and mcast_dst_ip fix the family."""
    return value if fix_family(site, statement, value.version, str(value)) else REJECTED


def ipvlan_address(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """The address of an ipvlan fixes the family, too; one of another family is passed over."""
    address = value.address
    if address is None or fix_family(site, statement, address.version, str(address)):
        return value
    return replace(value, address=None, prefix_length=None)


def native_ipv6(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    if site.scratch.setdefault("family", 6) != 6:
        site.error("family-mismatch", "native_ipv6 after IPv4 addresses", statement, 0, consequence=IGNORED)
        return REJECTED
    if site.values.get("version") == 2:
        site.error("contradiction", "native_ipv6 needs version 3", statement, 0, consequence=IGNORED)
        return REJECTED
    return value


def version(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    earlier = site.values.get("version")
    if (earlier is not None and earlier != value) or (value == 2 and site.values.get("native_ipv6")):
        site.error(
            "contradiction", f"version {value} contradicts what was written before", statement, 1,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED
    return value


def virtual_address(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """Family, repetition and interface of an address line of an instance."""
    excluded = keyword.name == "virtual_ipaddress_excluded"
    if not excluded and not fix_family(site, statement, value.address.version, str(value.address), 0):
        return REJECTED
    seen = site.scratch.setdefault("addresses", {})
    key = (value.address, value.prefix_length, value.dev)
    if key in seen:
        site.error(
            "duplicate-address", f"{value.address} is there already in line {seen[key].line}", statement, 0,
            consequence=LINE_DROPPED,
        )  # fmt: skip
        return REJECTED
    if not known_interface(site, statement, value.dev):
        return REJECTED
    seen[key] = statement
    return value


def known_interface(site: Frame, statement: Statement, name: str | None) -> bool:
    """Whether an interface in an address, route, rule or track line exists; reports when it does not."""
    host = site.context.host
    if name is None or host is None or "dynamic_interfaces" in site.context.global_values:
        return True
    if host.interface(name) is not None:
        return True
    site.error(
        "unknown-interface", f"interface {name} doesn't exist", statement, 0,
        consequence=LINE_DROPPED, hint=_other_name(host, name),
    )  # fmt: skip
    return False


def _other_name(host: Host, name: str) -> str | None:
    real = host.real_name(name)
    return real and f"write {real}, of which it is another name"


def static_address(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A static address; that the default interface is missing is of keepalived's fatal class."""
    if not known_interface(site, statement, value.dev):
        return REJECTED
    host = site.context.host
    default = site.context.global_values.get("default_interface") or "eth0"
    if value.dev is None and host is not None and host.interface(default) is None:
        site.error(
            "unknown-interface", f"interface {default} doesn't exist", statement, 0, exit_class=4,
            hint="name an interface with dev, or set default_interface in global_defs",
            consequence=LINE_DROPPED,
        )  # fmt: skip
        return REJECTED
    return value if _known_group(site, statement, value.track_group) else REJECTED


def routing_line(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """Interfaces and track groups of a route or rule."""
    for option in ("dev", "iif", "oif", "vrf"):
        words = value.get(option)
        if words and not known_interface(site, statement, words[0]):
            return REJECTED
    group = value.get("track_group")
    return value if _known_group(site, statement, group[0] if group else None) else REJECTED


def _known_group(site: Frame, statement: Statement, name: str | None) -> bool:
    if name is None or name in site.context.known("block track_group"):
        return True
    site.error(
        "unknown-name", f"no track_group {name} is defined above this line", statement, 0,
        consequence="the address, route or rule is not tracked",
    )  # fmt: skip
    return False


def peer(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A unicast peer: of the family of the instance, once."""
    if not fix_family(site, statement, value.address.version, str(value.address), 0):
        return REJECTED
    seen = site.scratch.setdefault("peers", set())
    if value.address in seen:
        site.error("duplicate-entry", f"peer {value.address} twice", statement, 0, consequence=LINE_DROPPED)
        return REJECTED
    seen.add(value.address)
    return value


def vrf(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """The device must exist and be a VRF."""
    host = site.context.host
    if host is None:
        return value
    facts = host.interface(value)
    if facts is None or facts.driver != "vrf":
        why = "doesn't exist" if facts is None else "is not a VRF device"
        site.error("no-vrf", f"interface {value} {why}", statement, 1, consequence=IGNORED)
        return REJECTED
    return value


def vmac_name(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A device with the wanted name may exist only when it is a macvlan (left over from an earlier run)."""
    host = site.context.host
    facts = host.interface(value.name) if host is not None and value.name else None
    if facts is not None and facts.driver not in (None, "macvlan"):
        site.error(
            "name-taken", f"interface {value.name} already exists and is no macvlan", statement, 1,
            consequence="a name is made up",
        )  # fmt: skip
        return replace(value, name=None)
    return value


def directory(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """config_save_dir: made when absent; another kind of file there is an error."""
    host = site.context.host
    if host is not None and host.exists(value) and not host.directory_exists(value):
        site.error(
            "not-a-directory", f"{statement.keyword}: {value} is not a directory", statement, 1,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED
    return value


_KEY_FILE_BYTES = 4 + 2 * 64 + 2
"""The longest key as ``hex:DIGITS`` and the end of a line."""


def hmac_file(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A key in a file: the file must hold what could stand on the line, for its owner's eyes only."""
    path = value.value.removeprefix("file:")
    host = site.context.host
    if path == value.value or host is None:
        return value
    if not host.exists(path):
        site.error("no-key-file", f"key {value.id}: {path} does not exist", statement, 2, consequence=IGNORED)
        return REJECTED
    mode = host.mode(path)
    if mode is not None and mode & 0o077:
        site.error(
            "key-file-mode", f"key {value.id}: {path} has mode {mode:04o}; others than its owner can read it",
            statement, 2, hint="chmod 0600", consequence="it is used", exit_class=6,
        )  # fmt: skip
    content = host.content(path, _KEY_FILE_BYTES)
    text = "" if content is None else content.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    secret = hmac_secret(text)
    if secret is None or not 32 <= len(secret) <= 64:
        why = "it cannot be read, or is no key of 32 to 64 octets (text, or hex:DIGITS)"
        site.error("bad-key", f"key {value.id}: {path}: {why}", statement, 2, consequence=IGNORED)
        return REJECTED
    return replace(value, secret=secret)


def mail_server(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """smtp_server: the name must have an address while the file is read."""
    host = site.context.host
    if host is not None and address(value.host) is None and not host.resolves(value.host):
        site.error(
            "unknown-host", f"smtp_server: {value.host} has no address", statement, 1, consequence=IGNORED
        )
        return REJECTED
    return value


def always_true(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """skip_check_adv_addr: keepalived turns it on whatever the word says."""
    return True


def linked_interface(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """An interface of linkbeat_interfaces or interface_up_down_delays: missing is of the fatal class."""
    host = site.context.host
    if host is not None and host.interface(value.interface) is None:
        site.error(
            "unknown-interface", f"interface {value.interface} doesn't exist", statement, 0, exit_class=4,
            consequence=LINE_DROPPED,
        )  # fmt: skip
        return REJECTED
    return value


def garp_interface(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """An interface of a garp_group: it must exist."""
    host = site.context.host
    name = value if isinstance(value, str) else value.name
    if host is not None and host.interface(name) is None:
        word = 1 if isinstance(value, str) else 0
        site.error(
            "unknown-interface", f"interface {name} doesn't exist", statement, word, consequence=IGNORED
        )
        return REJECTED
    return value


def close_garp_group(site: Frame) -> bool:
    if "garp_interval" not in site.values and "gna_interval" not in site.values:
        site.error_at_close(
            "no-interval",
            "garp_group sets neither garp_interval nor gna_interval",
            consequence="it is removed",
        )
        return False
    if "interface" not in site.values and not site.values.get("interfaces"):
        site.error_at_close("no-interface", "garp_group names no interface", consequence="it is removed")
        return False
    return True


def not_empty_at_close(site: Frame, keyword: Keyword, statement: Statement, found: list[Any]) -> None:
    """A list that must hold something; keepalived complains at the closing brace."""
    if not found:
        site.error_at_close("empty-list", f"{keyword.name} has no entries", consequence=IGNORED)


def close_members(site: Frame) -> bool:
    """A sync group or track group must list its members."""
    if not site.values.get("group"):
        site.error_at_close(
            "empty-list", f"{site.schema.name} {site.values['name']} has no members",
            hint="list the instances in a group { … } block", consequence="it is removed",
        )  # fmt: skip
        return False
    return True


UNICAST_WORDS = (
    "unicast_peer", "unicast_src_ip", "unicast_fault_no_peer", "check_unicast_src", "old_unicast_checksum",
)  # fmt: skip
"""Each of these says that the instance is meant to use unicast."""


def _interface_is_there(site: Frame) -> bool:
    """Whether keepalived has an interface for the instance at its closing brace."""
    defs = site.context.global_values
    name, host = site.values.get("interface", defs.get("default_interface")), site.context.host
    if name is None:
        return False
    return host is None or "dynamic_interfaces" in defs or host.interface(name) is not None


def close_vrrp_instance(site: Frame) -> bool:
    """What keepalived says about an instance at its closing brace."""
    values = site.values
    if any(word in values for word in UNICAST_WORDS) and ("use_vmac" in values or "use_ipvlan" in values):
        if not _interface_is_there(site):
            site.error_at_close(
                "vmac-unicast", "unicast with use_vmac or use_ipvlan needs an interface",
                consequence="they are ignored",
            )  # fmt: skip
            for word in ("use_vmac", "use_ipvlan"):
                values.pop(word, None)
        elif not values.get("vmac_xmit_base"):
            site.error_at_close(
                "vmac-unicast", "unicast with use_vmac needs vmac_xmit_base", consequence="it is set"
            )
            values["vmac_xmit_base"] = True
    if "unicast_ttl" in values and not values.get("unicast_peer"):
        site.error_at_close("no-peers", "unicast_ttl without unicast_peer", consequence="it is ignored")
        del values["unicast_ttl"]
    return True


def largest(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """The largest of several values counts."""
    return max(value, site.values.get(keyword.attribute) or value)
