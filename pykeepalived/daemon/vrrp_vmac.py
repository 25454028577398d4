"""The interfaces that routers make for themselves: made, kept in line with their parents, removed again.

What is there already and fits is taken over, so that neither a restart nor a reload interrupts anything.
What a killed process left is recognised by its place (name, or parent and virtual MAC address) or by the
journal; an interface that is somebody else's is never touched: the router is in Fault and the log says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.vrrp_vmac_host import HostSettings, needs_settings
from pykeepalived.kernel import macvlan
from pykeepalived.kernel.journal import Journal
from pykeepalived.kernel.links import ARPHRD_ETHER, Change, Link, LinkChanged, LinkRemoved, LinkTable
from pykeepalived.kernel.netlink import RequestSocket
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.virtual_link import LinkKind, VirtualLink, is_virtual_mac

log = get_logger()

_SECTION = "links"
_GROUP_FILES = (Path("/etc/iproute2/group"), Path("/usr/share/iproute2/group"))
_REMAKE_INTERVAL_NS = 1_000_000_000
"""Somebody who deletes our interface again and again does not get an endless race with us."""
_DELETE_AT_ONCE = 4
"""From this many interfaces on they are removed as a group: each alone costs the kernel some 15 ms."""
_SCRATCH_GROUP = 0x706B0000
_NAMED_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class RemakeKey:
    """Names the deadline of interfaces that wait to be made again."""


class VirtualLinks:
    """Keeps the wanted interfaces in the kernel.

    ``table`` is kept true by somebody else; ``refresh`` makes it true now, after we changed something.
    """

    def __init__(
        self,
        requests: RequestSocket,
        table: LinkTable,
        *,
        journal: Journal,
        sysctls: SysctlKeeper,
        refresh: Callable[[], object],
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._requests = requests
        self._table = table
        self._journal = journal
        self._host = HostSettings(sysctls, table)
        self._refresh = refresh
        self._set_deadline = set_deadline
        self._clock = clock
        self._wanted: dict[str, VirtualLink] = {}
        self._users: dict[str, list[str]] = {}
        self._made_at: dict[str, int] = {}
        self._problems: dict[str, str] = {}

    # ------------------------------------------------------------ wishes

    def configure(self, routers: Iterable[RouterSettings]) -> None:
        """Have exactly the links of these routers, as far as their parents exist."""
        wanted: dict[str, VirtualLink] = {}
        users: dict[str, list[str]] = {}
        for settings in routers:
            for link in settings.links:
                wanted.setdefault(link.name, link)
                users.setdefault(link.name, []).append(settings.name)
        gone = [
            name
            for name, link in self._wanted.items()
            if name not in wanted or not _replaceable(link, wanted[name])
        ]
        self._wanted, self._users = wanted, users
        self._made_at = {
            name: at for name, at in self._made_at.items() if name in wanted and name not in gone
        }
        self._delete([name for name in gone if self._table.link(name) is not None])
        for name in gone:
            self._host.link_gone(name)
        self._remove_left_over()
        self._make(wanted.values())
        if not any(needs_settings(link) for link in self._wanted.values()):
            self._host.no_links()

    def follow(self, changes: Iterable[Change]) -> None:
        """Interfaces came, went or changed: make, remake and adjust ours."""
        if not self._wanted:
            return
        affected: dict[str, VirtualLink] = {}
        parents: set[str] = set()
        for change in changes:
            if not isinstance(change, LinkChanged | LinkRemoved):
                continue
            name = change.link.name
            if isinstance(change, LinkRemoved) or change.before is None:
                self._host.interface_gone(name)
            ours = self._wanted.get(name)
            if ours is not None and (isinstance(change, LinkRemoved) or not self._fits(ours, change.link)):
                affected[name] = ours
            parents.add(name)
            if isinstance(change, LinkChanged) and change.before is not None:
                parents.add(change.before.name)
        for link in self._wanted.values():
            if link.parent in parents:
                affected[link.name] = link
        if affected:
            self._make(affected.values())

    def on_deadline(self) -> None:
        """Make again what had to wait."""
        self._make(self._wanted.values())

    def faults(self, settings: RouterSettings) -> set[str]:
        """Why links of this router can't be what they should."""
        return {self._problems[link.name] for link in settings.links if link.name in self._problems}

    def close(self, *, keep: bool = False) -> None:
        """Remove our interfaces and put the host's settings back; with ``keep`` leave everything."""
        wanted, self._wanted = self._wanted, {}
        if keep:
            return
        self._delete([name for name in wanted if name in self._made_at])
        self._host.close()

    # ------------------------------------------------------------ making

    def _make(self, links: Iterable[VirtualLink]) -> None:
        now = self._clock()
        fresh: list[tuple[VirtualLink, Link]] = []
        for link in links:
            parent = self._table.link(link.parent)
            if parent is None:
                continue
            self._discard_strayed(link)
            problem = self._unsuitable(link, parent)
            if problem is not None:
                self._complain(link, problem)
                continue
            self._problems.pop(link.name, None)
            present = self._table.link(link.name)
            if present is not None:
                self._adjust(link, parent, present)
                continue
            due_at = self._made_at.get(link.name, now - _REMAKE_INTERVAL_NS) + _REMAKE_INTERVAL_NS
            if due_at > now:
                self._set_deadline(RemakeKey(), due_at)
                continue
            self._made_at[link.name] = now
            fresh.append((link, parent))
        if fresh:
            self._create(fresh)

    def _discard_strayed(self, link: VirtualLink) -> None:
        """One that we made and that is not what it was: its parent has another name, its MAC was changed."""
        present = self._table.link(link.name)
        if present is not None and link.name in self._made_at and not self._fits(link, present):
            log.warning(f"interface {link.name} is not what we made; made anew")
            self._delete([link.name])

    def _unsuitable(self, link: VirtualLink, parent: Link) -> str | None:
        """Why the interface can't be made or used; None when nothing stands against it."""
        if parent.hardware_type != ARPHRD_ETHER:
            return f"interface {link.name} cannot be made on {parent.name}, which is not Ethernet"
        present = self._table.link(link.name)
        if present is not None and not self._fits(link, present):
            return f"interface {link.name} exists and is not ours; rename it, or give use_vmac another name"
        return None

    def _fits(self, link: VirtualLink, present: Link) -> bool:
        """Whether what is there is what we would make: of the kind, on the parent, with the MAC address."""
        parent = self._table.link(link.parent)
        if parent is None or present.kind != link.kind.value:
            return False
        # On a macvlan or ipvlan the kernel stacks ours onto the interface below.
        if present.parent not in (parent.index, parent.parent or parent.index):
            return False
        return not link.mac or present.mac == link.mac

    def _create(self, links: Sequence[tuple[VirtualLink, Link]]) -> None:
        self._journal.put(_SECTION, {link.name: [link.kind.value, link.mac.hex()] for link, _ in links})
        requests: list[bytes] = []
        owners: list[VirtualLink] = []
        for link, parent in links:
            master = self._table.links.get(parent.master)
            messages = [
                macvlan.encode_create(
                    link,
                    parent,
                    group=self._group(link, parent),
                    master=master.index if master is not None and master.kind == "vrf" else 0,
                ),
                macvlan.encode_alias(link.name, macvlan.ALIAS_PREFIX + " ".join(self._users[link.name])),
            ]
            if link.kind is LinkKind.MACVLAN:
                values = macvlan.IPV4_CONF_OF_VMAC if link.family == 4 else {"arp_ignore": 1}
                messages.append(macvlan.encode_ipv4_settings(link.name, values))
            requests += messages
            owners += [link] * len(messages)
        failed: dict[str, str] = {}
        for refusal in self._requests.run(requests):
            failed.setdefault(owners[refusal.index].name, refusal.text)
        for link, _ in links:
            if link.name in failed:
                self._complain(link, f"interface {link.name} cannot be made: {failed[link.name]}")
                self._set_deadline(RemakeKey(), self._clock() + _REMAKE_INTERVAL_NS)
        made = [(link, parent) for link, parent in links if link.name not in failed]
        self._switch_on(made)
        self._refresh()
        for link, _ in made:
            self._give_address(link)
        self._announce(parent for link, parent in made if link.notify)
        if len(made) > _NAMED_AT_MOST:
            log.info(f"made {len(made)} interfaces, {made[0][0].name} to {made[-1][0].name}")
        elif made:
            log.info(f"made {', '.join(f'{link.name} on {parent.name}' for link, parent in made)}")

    def _switch_on(self, made: Sequence[tuple[VirtualLink, Link]]) -> None:
        for link, parent in made:
            self._configure_ipv6(link)
            self._host.hold(link, parent, self._wanted)
        # A kernel without IPv6 refuses this one, and needs it not.
        quiet = [link for link, _ in made if link.family == 6 and link.kind is LinkKind.MACVLAN]
        self._requests.run([macvlan.encode_no_link_local(link.name) for link in quiet])
        refusals = self._requests.run([macvlan.encode_up(link.name) for link, _ in made])
        for refusal in refusals:
            link = made[refusal.index][0]
            self._complain(link, f"interface {link.name} cannot be switched on: {refusal.text}")

    def _announce(self, parents: Iterable[Link]) -> None:
        """``netlink_notify_msg``: the kernel tells nobody that a macvlan made its parent promiscuous; giving
        the parent the group that it has makes it tell.
        """
        names = {parent.name: parent for parent in parents}
        self._requests.run([macvlan.encode_group(name, parent.group) for name, parent in names.items()])

    def _configure_ipv6(self, link: VirtualLink) -> None:
        """Before it is up: no IPv6 on an IPv4 link; no addresses from router advertisements on the other."""
        base = Path("/proc/sys/net/ipv6/conf", link.name)
        values = {"disable_ipv6": "1"} if link.family == 4 else {"disable_ipv6": "0", "accept_ra": "0"}
        if link.kind is LinkKind.IPVLAN and link.family == 6:
            values = {"disable_ipv6": "0"}
        for key, value in values.items():
            try:
                (base / key).write_text(value)
            except FileNotFoundError:
                return  # a kernel without IPv6
            except OSError as refused:
                log.warning(f"net.ipv6.conf.{link.name}.{key} cannot be set: {refused.strerror}")

    def _give_address(self, link: VirtualLink) -> None:
        present = self._table.link(link.name)
        if link.address is None or present is None:
            return
        for refusal in self._requests.run([macvlan.encode_address(link, present.index)]):
            self._complain(link, f"{link.address} cannot be put on {link.name}: {refusal.text}")
        self._refresh()

    def _adjust(self, link: VirtualLink, parent: Link, present: Link) -> None:
        """What is there may be older than we are, or its parent has changed."""
        first = link.name not in self._made_at
        messages: list[bytes] = []
        if present.mtu < parent.mtu:
            messages.append(macvlan.encode_mtu(link.name, parent.mtu))
        master = self._table.links.get(parent.master)
        inside = master.index if master is not None and master.kind == "vrf" else 0
        if present.master != inside:
            messages.append(macvlan.encode_master(link.name, inside))
        group = self._group(link, parent)
        if present.group != group:
            messages.append(macvlan.encode_group(link.name, group))
        if first and link.kind is LinkKind.MACVLAN:
            values = macvlan.IPV4_CONF_OF_VMAC if link.family == 4 else {"arp_ignore": 1}
            messages.append(macvlan.encode_ipv4_settings(link.name, values))
        for refusal in self._requests.run(messages):
            log.warning(f"interface {link.name} cannot be changed: {refusal.text}")
        if first:
            log.info(f"took over {link.name} on {parent.name}")
            self._made_at[link.name] = 0
            self._journal.put(_SECTION, {link.name: [link.kind.value, link.mac.hex()]})
            self._switch_on([(link, parent)])
            self._give_address(link)
        else:
            self._host.hold(link, parent, self._wanted)
        if messages or first:
            self._refresh()

    # ------------------------------------------------------------ removing

    def _remove_left_over(self) -> None:
        """What a killed process, or keepalived, left: in the way of ours, or in our journal and unwanted."""
        left: dict[str, str] = {}
        for name, entry in self._journal.section(_SECTION).items():
            present = self._table.link(name)
            if name in self._wanted:
                continue
            if present is not None and [present.kind, present.mac.hex() if entry[1] else ""] == entry:
                left[name] = "an earlier process of ours made it"
            else:
                self._journal.drop(_SECTION, name)
        for link in self._wanted.values():
            for present in self._table.links.values():
                if (
                    present.kind == link.kind.value
                    and present.name not in left
                    and self._obstructs(link, present)
                ):
                    left[present.name] = "left over, in the way of ours"
        for name, why in left.items():
            log.info(f"removing interface {name}: {why}")
        self._delete(list(left))

    def _obstructs(self, link: VirtualLink, present: Link) -> bool:
        """Whether it is somebody's earlier virtual router that ours can't stand beside."""
        if link.kind is not LinkKind.MACVLAN:
            return False
        earlier = is_virtual_mac(present.mac) or present.alias.startswith(macvlan.ALIAS_PREFIX)
        if present.name == link.name:
            return earlier and not self._fits(link, present)
        return earlier and present.name not in self._wanted and self._fits(link, present)

    def _delete(self, names: Sequence[str]) -> None:
        if not names:
            return
        messages = [macvlan.encode_delete(name) for name in names]
        if len(names) >= _DELETE_AT_ONCE:
            group = _SCRATCH_GROUP
            while any(link.group == group for link in self._table.links.values()):
                group += 1
            messages = [macvlan.encode_group(name, group) for name in names]
            messages.append(macvlan.encode_delete_group(group))
        # One that is gone already is refused, and is what we want.
        self._requests.run(messages)
        self._refresh()
        self._journal.drop(_SECTION, *names)
        left = [name for name in names if self._table.link(name) is not None]
        if left:
            log.error(f"cannot remove {', '.join(left)}")

    # ------------------------------------------------------------ helpers

    def _group(self, link: VirtualLink, parent: Link) -> int:
        if link.group is None:
            return parent.group
        if link.group.isdigit():
            return int(link.group)
        number = _group_number(link.group)
        if number is None:
            log.warning(
                f"interface {link.name}: no group {link.group} in /etc/iproute2/group; the parent's is taken"
            )
            return parent.group
        return number

    def _complain(self, link: VirtualLink, problem: str) -> None:
        if self._problems.get(link.name) != problem:
            log.error(problem)
        self._problems[link.name] = problem


def _replaceable(old: VirtualLink, new: VirtualLink) -> bool:
    """Whether the one can become the other without being made anew."""
    return replace(old, group=new.group) == new


def _group_number(name: str) -> int | None:
    for path in _GROUP_FILES:
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            words = line.partition("#")[0].split()
            if len(words) == 2 and words[1] == name and words[0].isdigit():
                return int(words[0])
    return None
