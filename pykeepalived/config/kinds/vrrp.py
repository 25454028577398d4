"""Values of the VRRP side: weights, trackers, peers, macvlans, keys."""

from __future__ import annotations

import re
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, LINE_DROPPED, WordKind, quote
from pykeepalived.config.kinds.network import IFNAME_MAX, address, loose_address
from pykeepalived.config.kinds.numbers import Uint, beginning, instead, integer
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import (
    ExtraInterfaces,
    HmacKey,
    InitFile,
    IPAddress,
    Ipvlan,
    PeerEntry,
    TrackEntry,
    Vmac,
    Weight,
)
from pykeepalived.syntax.nodes import Statement


class WeightKind(WordKind[Weight]):
    """``INT [reverse]``, at most ``limit`` either way."""

    words = "INT [reverse]"

    def __init__(self, limit: int, *, missing: int = 2, keep_bad: bool = False) -> None:
        self.limit = limit
        self.missing = missing
        self.keep_bad = keep_bad

    def read(self, statement: Statement, site: Site) -> Weight | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        value = integer(words[1])
        if value is None or not -self.limit <= value <= self.limit:
            kept = self.keep_bad and value is not None
            used = None if value is not None else beginning(words[1], -self.limit, self.limit)
            site.error(
                "number-range",
                f"weight: '{words[1]}' is not a number from -{self.limit} to {self.limit}",
                statement,
                1,
                consequence="it is stored all the same" if kept else instead(used, site.running),
            )
            if site.running and used is not None:
                value = used
            elif not kept or value is None:
                return REJECTED
        reverse = False
        if len(words) > 2:
            if words[2] not in ("reverse", "noreverse"):
                site.error(
                    "unknown-value", f"weight: '{words[2]}' is not an option; allowed is reverse",
                    statement, 2,
                    consequence="the word is ignored",
                )  # fmt: skip
            reverse = words[2] == "reverse"
        return Weight(value, reverse)

    def write(self, value: Any) -> str:
        return f"{value.value} reverse" if value.reverse else str(value.value)


class InitFileKind(Kind[InitFile]):
    """``[INT] [overwrite]`` in any order."""

    words = "[INT] [overwrite]"

    def read(self, statement: Statement, site: Site) -> InitFile | Rejected:
        value, overwrite = 0, False
        for index, word in enumerate(statement.words[1:], 1):
            number = integer(word)
            if word == "overwrite":
                overwrite = True
            elif number is not None:
                value = number
            else:
                site.error(
                    "unknown-value", f"init_file: '{word}' is neither a number nor overwrite", statement,
                    index,
                    consequence=IGNORED,
                )  # fmt: skip
                return REJECTED
        return InitFile(value, overwrite)

    def write(self, value: Any) -> str:
        return f"{value.value} overwrite" if value.overwrite else str(value.value)


class ExtraInterfacesKind(WordKind[ExtraInterfaces]):
    """``[all] SECONDS``."""

    words = "[all] SECONDS"
    missing = 5

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high

    def read(self, statement: Statement, site: Site) -> ExtraInterfaces | Rejected:
        words = statement.words
        index = 2 if len(words) > 1 and words[1] == "all" else 1
        if len(words) <= index:
            return self.absent(statement, site, index)
        value = integer(words[index])
        if value is None or not self.low <= value <= self.high:
            site.error(
                "number-range", f"{words[0]}: '{words[index]}' is not {self.low} to {self.high} seconds",
                statement, index, consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return ExtraInterfaces(value, index == 2)

    def write(self, value: Any) -> str:
        return f"all {value.interval}" if value.all else str(value.interval)


class StateKind(WordKind[str]):
    """``MASTER`` or ``BACKUP``; BACKUP after MASTER is refused, another word counts as BACKUP."""

    words = "MASTER | BACKUP"

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        state = words[1]
        if state == "MASTER":
            return state
        if state == "BACKUP":
            if site.values.get("state") == "MASTER":
                site.error(
                    "contradiction", "state BACKUP after state MASTER", statement, 1,
                    consequence="the instance stays MASTER",
                )  # fmt: skip
                return REJECTED
            return state
        site.error(
            "unknown-value",
            f"state: '{state}' is not known; allowed is MASTER, BACKUP",
            statement,
            1,
            consequence="BACKUP is used",
        )
        return REJECTED

    def json_schema(self) -> dict[str, Any]:
        return {"enum": ["MASTER", "BACKUP"]}


class Priority(Uint):
    """1 to 255; a bad value becomes 100."""

    def __init__(self) -> None:
        super().__init__(1, 255, fallback=100, exact=True)


class HmacKeyKind(WordKind[HmacKey]):
    """``ID VALUE``: text, ``hex:DIGITS`` or ``file:PATH``; a key has 32 to 64 octets."""

    words = "ID VALUE"
    missing = 5

    def read(self, statement: Statement, site: Site) -> HmacKey | Rejected:
        words = statement.words
        if len(words) < 3:
            return self.absent(statement, site, len(words))
        number = integer(words[1])
        if number is None or not 1 <= number <= 255:
            return self.refuse(statement, site, 1, f"'{words[1]}' is not a key id from 1 to 255")
        if any(key.id == number for key in site.values.get("key", ())):
            return self.refuse(statement, site, 1, f"key id {number} is there already")
        value = words[2]
        secret = None
        if not value.startswith("file:"):
            secret = hmac_secret(value)
            if secret is None:
                return self.refuse(statement, site, 2, "the key is not pairs of hexadecimal digits")
            if not 32 <= len(secret) <= 64:
                why = f"the key has {len(secret)} octets; 32 to 64 are allowed"
                return self.refuse(statement, site, 2, why)
        return HmacKey(number, value, secret)

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error("bad-key", why, statement, index, consequence=IGNORED)
        return REJECTED

    def write(self, value: Any) -> str:
        return f"{value.id} {quote(value.value)}"


def hmac_secret(text: str) -> bytes | None:
    """The octets of a key as text or ``hex:``; None when the digits are wrong."""
    if not text.startswith("hex:"):
        return text.encode("utf-8", "surrogateescape")
    digits = text[4:]
    return bytes.fromhex(digits) if re.fullmatch(r"([0-9a-fA-F]{2})*", digits) else None


class VmacKind(WordKind[Vmac]):
    """``[[name] IFNAME] [MAC] [netlink_notify_msg] [group N]``; a word with a colon is a MAC.

    A word that is wrong is passed over: the macvlan is made all the same.
    """

    words = "[[name] IFNAME] [MAC] [netlink_notify_msg] [group N]"

    def read(self, statement: Statement, site: Site) -> Vmac | Rejected:
        words = statement.words
        earlier = site.values.get("use_vmac") or Vmac()
        name, mac, notify, group = earlier.name, earlier.mac, earlier.netlink_notify, earlier.group
        index = 1
        while index < len(words):
            word = words[index]
            if word in ("group", "name"):
                index += 1
                if index >= len(words):
                    return self.absent(statement, site, index)
            if word == "netlink_notify_msg":
                notify = True
            elif word == "group":
                group = words[index]
            elif word != "name" and ":" in word:
                found = parse_mac(word)
                if mac:
                    self.refuse(statement, site, index, "there is a MAC address already")
                elif found is None:
                    why = f"'{word}' is not a unicast MAC address of 5 or 6 octets"
                    self.refuse(statement, site, index, why)
                else:
                    mac = found
            elif name:
                self.refuse(statement, site, index, f"the name is {name} already")
            elif not is_interface_name(words[index]):
                self.refuse(statement, site, index, f"'{words[index]}' cannot be the name of an interface")
            else:
                name = words[index]
            index += 1
        return Vmac(name, mac, notify, group)

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> None:
        site.error("bad-vmac", f"use_vmac: {why}", statement, index, consequence="the word is ignored")

    def write(self, value: Any) -> str:
        parts = []
        if value.name:
            parts.append(f"name {value.name}" if value.name in ("name", "group") else value.name)
        if value.mac:
            parts.append(value.mac.hex(":"))
        if value.netlink_notify:
            parts.append("netlink_notify_msg")
        if value.group:
            parts.append(f"group {value.group}")
        return " ".join(parts)


def is_interface_name(text: str) -> bool:
    """Whether Linux takes it: 1 to 15 octets, no slash, colon or blank."""
    fits = 1 <= len(text.encode("utf-8", "surrogateescape")) <= IFNAME_MAX
    return fits and text not in (".", "..") and not re.search(r"[/:\s]", text, re.ASCII)


def parse_mac(text: str) -> bytes | None:
    """5 or 6 octets; multicast and the RFC's own 00-00-5E-00-01/02 addresses are refused."""
    if not re.fullmatch(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){4,5}", text):
        return None
    mac = bytes(int(octet, 16) for octet in text.split(":"))
    if mac[0] & 1 or mac[:5] in (b"\0\0\x5e\0\1", b"\0\0\x5e\0\2"):
        return None
    return mac


class IpvlanKind(WordKind[Ipvlan]):
    """``[[name] IFNAME] [bridge|private|vepa] [IP[/LEN]] [group N]``; IPv4 needs an address.

    A word that is wrong is passed over, as with use_vmac.
    """

    words = "[[name] IFNAME] [bridge|private|vepa] [IP[/LEN]] [group N]"

    def read(self, statement: Statement, site: Site) -> Ipvlan | Rejected:
        words = statement.words
        name = mode = group = None
        found: IPAddress | None = None
        length = None
        index = 1
        while index < len(words):
            word = words[index]
            if word in ("group", "name"):
                index += 1
                if index >= len(words):
                    return self.absent(statement, site, index)
            if word in ("bridge", "private", "vepa"):
                if mode:
                    self.refuse(statement, site, index, f"the mode is {mode} already")
                mode = mode or word
            elif word == "group":
                group = words[index]
            elif word != "name" and (parsed := loose_address(word)) is not None:
                _, slash, text = word.partition("/")
                wanted = integer(text or "-") if slash else parsed.max_prefixlen
                if found is not None:
                    self.refuse(statement, site, index, f"the address is {found} already")
                elif wanted is None or not 0 <= wanted <= parsed.max_prefixlen:
                    self.refuse(statement, site, index, f"'{text}' is not a prefix length")
                else:
                    found, length = parsed, wanted
            elif name:
                self.refuse(statement, site, index, f"the name is {name} already")
            elif len(words[index]) > IFNAME_MAX:
                why = f"'{words[index]}' has more than {IFNAME_MAX} characters"
                self.refuse(statement, site, index, why)
            else:
                name = words[index]
            index += 1
        return Ipvlan(name, mode, found, length, group)

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> None:
        site.error("bad-ipvlan", f"use_ipvlan: {why}", statement, index, consequence="the word is ignored")

    def write(self, value: Any) -> str:
        parts = [value.name, value.mode]
        if value.address:
            parts.append(f"{value.address}/{value.prefix_length}")
        if value.group:
            parts.append(f"group {value.group}")
        return " ".join(part for part in parts if part)


class TrackKind(Kind[TrackEntry]):
    """``NAME [weight INT [reverse|noreverse]]``: one tracked object.

    ``what`` is the kind of object (``script``, ``interface`` …); 254 of an interface or script is accepted,
    reported and lowered.  Whether the object exists is asked by the binder, as order matters there.
    """

    def __init__(self, what: str, limit: int, *, noreverse: bool = True) -> None:
        self.what = what
        self.limit = limit
        self.reverse_words = ("reverse", "noreverse") if noreverse else ("reverse",)
        self.words = f"NAME [weight INT [{'|'.join(self.reverse_words)}]]"

    def read(self, statement: Statement, site: Site) -> TrackEntry | Rejected:
        words = statement.words
        if len(words) == 1:
            return TrackEntry(words[0], statement=statement)
        if words[1] != "weight":
            return self.refuse(statement, site, 1, f"'{words[1]}' is not an option; allowed is weight")
        if len(words) < 3:
            return self.refuse(statement, site, 2, "weight wants a number")
        weight = integer(words[2])
        if weight is None or not -self.limit <= weight <= self.limit:
            lowered = self.limit == 253 and self.what != "bfd" and weight in (254, -254)
            used = None if weight is not None else beginning(words[2], -self.limit, self.limit)
            usual = "the usual weight of the object is used"
            site.error(
                "number-range",
                f"weight: '{words[2]}' is not a number from -{self.limit} to {self.limit}",
                statement,
                2,
                consequence=f"{self.limit} is used" if lowered else instead(used, site.running, usual),
            )
            if lowered:
                weight = self.limit if (weight or 0) > 0 else -self.limit
            else:
                weight = used if site.running else None
        reverse = None
        if len(words) > 3:
            if words[3] not in self.reverse_words:
                return self.refuse(statement, site, 3, f"'{words[3]}' is not an option")
            reverse = words[3] == "reverse"
        return TrackEntry(words[0], weight, reverse, statement)

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error(
            "bad-track-entry", f"{self.what} {statement.words[0]}: {why}", statement, index,
            consequence=LINE_DROPPED,
        )  # fmt: skip
        return REJECTED

    def write(self, value: Any) -> str:
        text = quote(value.name)
        if value.weight is not None:
            text += f" weight {value.weight}"
            if value.reverse is not None:
                text += " reverse" if value.reverse else " noreverse"
        return text


class PeerKind(Kind[PeerEntry]):
    """``IP [min_ttl N] [max_ttl N]``: a unicast peer."""

    words = "IP [min_ttl 0..255] [max_ttl 0..255]"

    def read(self, statement: Statement, site: Site) -> PeerEntry | Rejected:
        words = statement.words
        found = loose_address(words[0])
        if found is None:
            return self.refuse(statement, site, 0, f"'{words[0]}' is not an IP address")
        limits: dict[str, int] = {}
        index = 1
        while index < len(words):
            name = words[index]
            if name not in ("min_ttl", "max_ttl"):
                site.error(
                    "unknown-value", f"peer {found}: '{name}' is not an option", statement, index,
                    hint=self.words, consequence="the rest of the line is ignored",
                )  # fmt: skip
                break
            value = integer(words[index + 1]) if index + 1 < len(words) else None
            if value is None or not 0 <= value <= 255:
                site.error(
                    "number-range", f"peer {found}: {name} wants 0 to 255", statement, index + 1,
                    consequence="the rest of the line is ignored",
                )  # fmt: skip
                break
            limits[name] = value
            index += 2
        if limits.get("min_ttl", 0) > limits.get("max_ttl", 255):
            site.error("contradiction", f"peer {found}: min_ttl is above max_ttl", statement, 0)
        return PeerEntry(found, **limits, statement=statement)

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error("bad-address", why, statement, index, consequence=LINE_DROPPED)
        return REJECTED

    def write(self, value: Any) -> str:
        text = str(value.address)
        if value.min_ttl is not None:
            text += f" min_ttl {value.min_ttl}"
        if value.max_ttl is not None:
            text += f" max_ttl {value.max_ttl}"
        return text


__all__ = [
    "ExtraInterfacesKind", "HmacKeyKind", "InitFileKind", "IpvlanKind", "PeerKind", "Priority", "StateKind",
    "TrackKind", "VmacKind", "WeightKind", "address", "hmac_secret", "parse_mac",
]  # fmt: skip
