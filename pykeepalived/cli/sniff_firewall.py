"""What arrives at the interface and never at the daemon: a packet filter drops it.

A packet socket is in front of netfilter, the daemon's sockets behind it.  Its receive ledger counts every
packet of its virtual routers by sender, refused ones too, so a sender that was heard here and moved no
number there is dropped in between.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pykeepalived.cli.asking import NoAnswerError, ask_with_pid
from pykeepalived.cli.sniff_summary import Sender, Summary
from pykeepalived.netio.flood_filter import FLOOD_PER_SECOND, SAMPLE

ENOUGH = 2
"""So many packets of one sender; a single one may have been on its way."""
_OURS = "keepalived"
"""Our own table, which lets VRRP through."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chain:
    """A base chain that sees what comes in."""

    family: str
    table: str
    name: str
    drops: bool


@dataclass(frozen=True, slots=True)
class Dropped:
    """One sender whose packets arrive and are not delivered.  ``packets`` came while we listened."""

    instance: str
    interface: str
    source: str
    family: int
    packets: int
    protocol: str = "vrrp"

    def sentence(self) -> str:
        """What is the matter."""
        return (
            f"{self.instance}: adverts of {self.source} arrive at {self.interface} ({self.packets} packets), "
            f"but the daemon's socket never gets them: a firewall drops protocol "
            f"{self.number} ({self.protocol})"
        )

    def remedies(self, chains: Iterable[Chain]) -> list[str]:
        """Commands that accept it: in the chains of this host, else in the usual form."""
        found = [self._nft(chain) for chain in chains if chain.family in ("inet", f"ip{self._six}")]
        return found or [self._iptables()]

    @property
    def number(self) -> int:
        """Small systems know no names of protocols (Debian's package netbase)."""
        return 51 if self.protocol == "ah" else 112

    @property
    def _six(self) -> str:
        return "6" if self.family == 6 else ""

    def _nft(self, chain: Chain) -> str:
        if (chain.table, chain.name) == ("filter", "INPUT") and chain.family != "inet":
            return self._iptables()  # made by iptables-nft, which wants to be asked itself
        match = f"ip{self._six} saddr {self.source} meta l4proto {self.number}"
        return (
            f"nft insert rule {chain.family} {chain.table} {chain.name} "
            f"iifname {self.interface} {match} accept"
        )

    def _iptables(self) -> str:
        return f"ip{self._six}tables -I INPUT -i {self.interface} -s {self.source} -p {self.number} -j ACCEPT"


def ask_daemon(pid_file: str | None) -> Document | None:
    """The status of the daemon beside us; None when there is none, or in another network namespace."""
    try:
        document, pid = ask_with_pid(pid_file, "status")
    except NoAnswerError:
        return None
    inner = document["daemon"]["processes"].get("vrrp", pid)
    try:
        here, there = (Path(f"/proc/{who}/ns/net").stat().st_ino for who in ("self", inner))
    except OSError:
        return None
    return document if here == there else None


def dropped(summary: Summary, interface: str, before: Document, after: Document) -> Iterator[Dropped]:
    """Senders of the daemon's own virtual routers that it has not heard in between."""
    earlier = {one["name"]: one for one in before["instances"]}
    # Under a flood the daemon's kernel shows it one in SAMPLE of what is wrong: nothing is not much then.
    enough = ENOUGH if _per_second(summary) < FLOOD_PER_SECOND else 10 * SAMPLE
    for instance in after["instances"]:
        known = earlier.get(instance["name"])
        links = {instance["interface"], *instance["needs_interfaces"]}
        if known is None or interface not in links or instance["state"] == "FAULT":
            continue
        for key, router in summary.routers.items():
            if key[1:] != (None, instance["family"], instance["vrid"]):
                continue
            for sender in router.senders.values():
                if str(sender.source) != instance["source"] and _unheard(sender, known, instance, enough):
                    ah = sender.last is not None and sender.last.authentication == "AH"
                    yield Dropped(
                        instance["name"],
                        interface,
                        str(sender.source),
                        instance["family"],
                        sender.incoming,
                        "ah" if ah else "vrrp",
                    )


def _per_second(summary: Summary) -> float:
    senders = [sender for router in summary.routers.values() for sender in router.senders.values()]
    if not senders:
        return 0
    seconds = (max(one.last_at for one in senders) - min(one.first_at for one in senders)) / 1e9
    return summary.packets / max(seconds, 1)


def _unheard(sender: Sender, before: Document, after: Document, enough: int) -> bool:
    source = str(sender.source)
    return sender.incoming >= enough and _counted(source, before) == _counted(source, after)


def _counted(source: str, instance: Document) -> int:
    """All that the daemon has had of a sender, good or refused."""
    return sum(
        peer["adverts"] + sum(peer["discards"].values())
        for peer in instance["peers"]
        if peer["source"] == source
    )


def ruleset() -> list[Mapping[str, Any]]:
    """What nftables has, iptables-nft's rules among it; empty without the program or the permission."""
    program = shutil.which("nft") or "/usr/sbin/nft"
    if not Path(program).exists():
        return []
    done = subprocess.run([program, "-j", "list", "ruleset"], capture_output=True, check=False, timeout=10)
    try:
        return list(json.loads(done.stdout)["nftables"])
    except (ValueError, KeyError):
        return []


def chains_of(listed: Iterable[Mapping[str, Any]]) -> list[Chain]:
    """The base chains that packets for this host pass, those that drop by default first."""
    chains = [
        Chain(one["family"], one["table"], one["name"], one.get("policy") == "drop")
        for one in (entry["chain"] for entry in listed if "chain" in entry)
        if one.get("hook") in ("input", "prerouting")
        and one.get("type") == "filter"
        and one["table"] != _OURS
    ]
    return sorted(chains, key=lambda chain: not chain.drops)
