"""VRRP instances: inherited and computed values, and what must agree within one instance."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial
from typing import Any

from pykeepalived.config.actions.vrrp import UNICAST_WORDS
from pykeepalived.config.blocks.global_defs import GlobalDefs
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.frame import Finding
from pykeepalived.config.resolving.report import Report
from pykeepalived.config.resolving.vrids import family_of
from pykeepalived.config.resolving.weights import UsualWeights
from pykeepalived.config.schema import amend

OWNER = 255

_INHERITED = (
    ("garp_master_delay", "vrrp_garp_master_delay"),
    ("garp_master_repeat", "vrrp_garp_master_repeat"),
    ("garp_master_refresh", "vrrp_garp_master_refresh"),
    ("garp_master_refresh_repeat", "vrrp_garp_master_refresh_repeat"),
    ("garp_lower_prio_delay", "vrrp_garp_lower_prio_delay"),
    ("garp_lower_prio_repeat", "vrrp_garp_lower_prio_repeat"),
    ("down_timer_adverts", "vrrp_down_timer_adverts"),
    ("higher_prio_send_advert", "vrrp_higher_prio_send_advert"),
    ("owner_ignore_adverts", "vrrp_owner_ignore_adverts"),
    ("strict_mode", "vrrp_strict"),
    ("garp_extra_if", "vrrp_garp_extra_if"),
    ("v3_checksum_as_v2", "v3_checksum_as_v2"),
    ("skip_check_adv_addr", "vrrp_skip_check_adv_addr"),
    ("notify_priority_changes", "vrrp_notify_priority_changes"),
)


def resolve_globals(defs: GlobalDefs) -> None:
    """Values of global_defs that follow from others."""
    if defs.vrrp_min_garp:
        # Only values that are still the default give way.
        if not defs.is_set("vrrp_garp_master_repeat"):
            amend(defs, vrrp_garp_master_repeat=1)
        if not defs.is_set("vrrp_garp_master_delay"):
            amend(defs, vrrp_garp_master_delay=0)
    if defs.vrrp_garp_lower_prio_delay is None:
        amend(defs, vrrp_garp_lower_prio_delay=defs.vrrp_garp_master_delay)
    if defs.vrrp_garp_lower_prio_repeat is None:
        amend(defs, vrrp_garp_lower_prio_repeat=defs.vrrp_garp_master_repeat)


def inherit(instance: VrrpInstance, defs: GlobalDefs) -> None:
    """Fill what the instance leaves to global_defs."""
    values: dict[str, Any] = {}
    for own, general in _INHERITED:
        if getattr(instance, own) is None:
            values[own] = getattr(defs, general)
    if defs.vrrp_check_unicast_src and not instance.check_unicast_src:
        values["check_unicast_src"] = True
    strict = values.get("strict_mode", instance.strict_mode)
    if instance.lower_prio_no_advert is None:
        values["lower_prio_no_advert"] = defs.vrrp_lower_prio_no_advert or bool(strict)
    if instance.smtp_alert is None:
        values["smtp_alert"] = bool(defs.smtp_alert if defs.smtp_alert_vrrp is None else defs.smtp_alert_vrrp)
    amend(instance, **values)


def begin_instances(config: Config, report: Report, done: Container[int] = ()) -> None:
    """What keepalived wants of all instances before it looks at sync groups; those without it are dropped.

    Those with their id in ``done`` are complete already, and can run.
    """
    for instance in config.vrrp_instances:
        if id(instance) not in done:
            inherit(instance, config.global_defs)
    amend(config, vrrp_instances=tuple(_passing(config.vrrp_instances, _has_minimum, report, done)))


def resolve_instances(config: Config, report: Report, done: Container[int] = ()) -> None:
    """Check every instance in turn; those that cannot run are dropped.

    Those with their id in ``done`` are complete already.
    """
    complete = partial(_complete, defs=config.global_defs, usual=UsualWeights(config))
    amend(config, vrrp_instances=tuple(_passing(config.vrrp_instances, complete, report, done)))


def _passing(
    instances: Iterable[VrrpInstance],
    passes: Callable[[VrrpInstance, Report], bool],
    report: Report,
    done: Container[int],
) -> list[VrrpInstance]:
    """The instances that pass a check.  keepalived gives up at the first that does not, we do without it."""
    kept = []
    for instance in instances:
        if id(instance) in done:
            kept.append(instance)
            continue
        before = len(report.findings)
        passed = passes(instance, report)
        report.about(instance, before)
        if passed:
            kept.append(instance)
        else:
            report.stop()
    return kept


def fill_instances(config: Config) -> None:
    """Only the values that follow from others, without any check."""
    for instance in config.vrrp_instances:
        inherit(instance, config.global_defs)
        _version(instance, config.global_defs)
        _state_and_priority(instance)


def missing_interface(config: Config, report: Report, found: list[Finding]) -> bool:
    """A name of an interface that is not there ends keepalived's checks of VRRP, wherever it stands.

    ``found`` is what reading has found.  True when an instance itself has no interface: then there is nothing
    to be checked about them.
    """
    host = report.host
    if host is None or config.global_defs.dynamic_interfaces is not None:
        return False
    place = next(
        (
            instance.span_of("interface")
            for instance in config.vrrp_instances
            if instance.interface is not None and host.interface(instance.interface) is None
        ),
        None,
    )
    said = (f.diagnostic for f in found)
    named = next((d.span for d in said if d.code == "unknown-interface" and d.exit_class == 5), None)
    if place or named:
        report.error(
            "unknown-interface", None, "VRRP is not started, as it would lack an interface", place or named,
            hint="create it first, or set dynamic_interfaces in global_defs",
        )  # fmt: skip
        report.stop()
    return place is not None


def _version(instance: VrrpInstance, defs: GlobalDefs) -> int:
    family = family_of(instance)
    version = instance.version or (3 if family == 6 else defs.vrrp_version)
    if family == 6:
        version = 3
    amend(instance, version=version)
    return version


def _state_and_priority(instance: VrrpInstance) -> None:
    if instance.priority is None:
        amend(instance, priority=OWNER if instance.state == "MASTER" else 100)
    if instance.state is None:
        amend(instance, state="MASTER" if instance.priority == OWNER else "BACKUP")


class _Complaint:
    """Shorthand for messages about one instance."""

    def __init__(self, instance: VrrpInstance, report: Report) -> None:
        self.instance = instance
        self.report = report

    def __call__(self, code: str, message: str, attribute: str | None, consequence: str) -> None:
        place = self.instance.span_of(attribute, 0) if attribute else None
        self.report.error(code, self.instance.name, message, place or self.instance, consequence=consequence)


def _has_minimum(instance: VrrpInstance, report: Report) -> bool:
    """What keepalived wants of all instances before it looks at any of them more closely."""
    complain = _Complaint(instance, report)
    if instance.virtual_router_id is None:
        complain("no-vrid", "the instance has no virtual_router_id", None, "the instance is left out")
        return False
    return _interface(instance, complain)


def _complete(instance: VrrpInstance, report: Report, *, defs: GlobalDefs, usual: UsualWeights) -> bool:
    """Keepalived's checks of one instance, in its order."""
    complain = _Complaint(instance, report)
    strict = bool(instance.strict_mode)
    written_version = instance.version
    family = family_of(instance)
    version = _version(instance, defs)
    if family == 6 and strict and (written_version or defs.vrrp_version) == 2 and written_version:
        complain("version", "IPv6 needs VRRP version 3", "version", "version 3 is used")
    _state_and_priority(instance)
    _authentication(instance, version, strict, family, complain)
    _advert_interval(instance, version, complain)
    _preemption(instance, strict, complain)
    _unicast(instance, strict, complain)
    _owner(instance, strict, complain)
    _strictness(instance, strict, family, complain)
    _trackers(instance, usual, complain)
    _devices(instance, complain)
    _links(instance, complain)
    _placeless(instance, complain)
    return _addresses(instance, version, strict, complain)


def _placeless(instance: VrrpInstance, complain: _Complaint) -> None:
    """A unicast instance may have no interface; its addresses then need one each."""
    if instance.interface is not None:
        return
    for attribute in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
        lines = getattr(instance, attribute)
        for line in lines:
            if line.dev is None:
                complain(
                    "no-interface", f"{line.address} has no dev, the instance no interface",
                    attribute, "the address is left out",
                )  # fmt: skip
        amend(instance, **{attribute: tuple(line for line in lines if line.dev is not None)})


def _addresses(instance: VrrpInstance, version: int, strict: bool, complain: _Complaint) -> bool:
    if instance.virtual_ipaddress or instance.no_virtual_ipaddress:
        return True
    needed = strict or version == 3
    consequence = "the instance is left out" if needed else "the instance runs without"
    complain("no-address", "the instance has no virtual_ipaddress", None, consequence)
    return not needed


def _interface(instance: VrrpInstance, complain: _Complaint) -> bool:
    if instance.interface is not None:
        return True
    if instance.unicast_peer or instance.unicast_src_ip is not None:
        if instance.unicast_src_ip is not None:
            return True
        complain(
            "no-interface", "a unicast instance needs unicast_src_ip or interface", None,
            "the instance is left out",
        )  # fmt: skip
        return False
    complain("no-interface", "the instance has no usable interface", "interface", "the instance is left out")
    return False


def _authentication(
    instance: VrrpInstance, version: int, strict: bool, family: int, complain: _Complaint
) -> None:
    auth = instance.authentication
    if instance.auth_hmac is not None:
        hmac = instance.auth_hmac
        if auth is not None and auth.auth_type is not None:
            complain(
                "contradiction", "authentication and auth_hmac exclude each other", "authentication",
                "authentication is ignored",
            )  # fmt: skip
            amend(instance, authentication=None)
            auth = None
        if not hmac.key or not any(key.id == hmac.active_key for key in hmac.key):
            complain("no-key", "auth_hmac has no usable active_key", "auth_hmac", "auth_hmac is disabled")
            amend(instance, auth_hmac=None)
    if auth is None:
        return
    if auth.auth_type is None:
        amend(instance, authentication=None)
        return
    if version == 3 or strict:
        why = "VRRP version 3" if version == 3 else "strict mode"
        complain(
            "authentication", f"{why} does not support authentication", "authentication",
            "authentication is ignored",
        )  # fmt: skip
        amend(instance, authentication=None)
        return
    if auth.auth_type == "AH":
        if family == 6:
            complain("authentication", "AH is not for IPv6", "authentication", "authentication is ignored")
            amend(instance, authentication=None)
            return
        if instance.state == "MASTER":
            complain("authentication", "AH and state MASTER do not go together", "state", "BACKUP is used")
            amend(instance, state="BACKUP")
    if not auth.auth_pass:
        complain(
            "authentication", "authentication without auth_pass", "authentication",
            "authentication is ignored",
        )  # fmt: skip
        amend(instance, authentication=None)


def _advert_interval(instance: VrrpInstance, version: int, complain: _Complaint) -> None:
    interval = instance.advert_int
    if version == 2:
        whole = max(1, int(interval + 0.5))
        if interval != whole:
            complain(
                "advert-interval", f"advert_int {interval:g}: VRRP version 2 counts whole seconds",
                "advert_int", f"{whole} is used",
            )  # fmt: skip
            amend(instance, advert_int=float(whole))
        return
    hundredths = round(interval * 100, 4)
    if hundredths > 4095:
        complain(
            "advert-interval", f"advert_int {interval:g}: VRRP version 3 ends at 40.95 seconds", "advert_int",
            "40.95 is used",
        )  # fmt: skip
        amend(instance, advert_int=40.95)
    elif hundredths != int(hundredths):
        rounded = max(1, int(hundredths + 0.5)) / 100
        complain(
            "advert-interval", f"advert_int {interval:g}: VRRP version 3 counts hundredths of a second",
            "advert_int", f"{rounded:g} is used",
        )  # fmt: skip
        amend(instance, advert_int=rounded)


def _preemption(instance: VrrpInstance, strict: bool, complain: _Complaint) -> None:
    if instance.nopreempt:
        if instance.state == "MASTER" and instance.priority != OWNER:
            complain(
                "nopreempt-master", "nopreempt works only with state BACKUP", "nopreempt",
                "nopreempt is ignored",
            )  # fmt: skip
            amend(instance, nopreempt=False)
        elif instance.priority == OWNER:
            complain("nopreempt-owner", "nopreempt with priority 255", "nopreempt", "nopreempt is ignored")
            amend(instance, nopreempt=False)
    if instance.preempt_delay:
        why = None
        if strict:
            why = "strict mode has no preempt_delay"
        elif instance.state == "MASTER":
            why = "preempt_delay works only with state BACKUP"
        elif instance.nopreempt:
            why = "preempt_delay with nopreempt"
        if why:
            complain("preempt-delay", why, "preempt_delay", "preempt_delay is ignored")
            amend(instance, preempt_delay=0.0)
    if instance.timer_expired_backup is not None and not instance.nopreempt:
        complain(
            "contradiction", "timer_expired_backup needs nopreempt", "timer_expired_backup", "it is ignored"
        )
        amend(instance, timer_expired_backup=None)


def _unicast(instance: VrrpInstance, strict: bool, complain: _Complaint) -> None:
    if instance.unicast_peer:
        if strict:
            complain("strict", "strict mode has no unicast peers", "unicast_peer", "they are ignored")
            amend(instance, unicast_peer=())
            complain.report.stop()  # keepalived would not start VRRP
        return
    if instance.unicast_fault_no_peer:
        return  # keepalived only logs that the instance is in fault
    for word in UNICAST_WORDS:
        if instance.is_set(word):
            complain("no-peers", f"{word} without any unicast peer", word, "multicast is used")
            return


def _links(instance: VrrpInstance, complain: _Complaint) -> None:
    ipvlan = instance.use_ipvlan
    if ipvlan is not None and ipvlan.address is None and family_of(instance) == 4:
        complain(
            "ipvlan-address", "use_ipvlan needs a source address for IPv4", "use_ipvlan",
            "the instance is in fault",
        )  # fmt: skip
    if instance.vmac_xmit_base and instance.use_vmac is None:
        complain("vmac-missing", "vmac_xmit_base without use_vmac", "vmac_xmit_base", "it is ignored")
        amend(instance, vmac_xmit_base=False)


def _owner(instance: VrrpInstance, strict: bool, complain: _Complaint) -> None:
    owner = instance.priority == OWNER
    if strict and (instance.state == "MASTER") != owner:
        wanted = "MASTER" if owner else "BACKUP"
        complain(
            "strict", "strict mode wants state MASTER exactly for the address owner (priority 255)", "state",
            f"{wanted} is used",
        )  # fmt: skip
        amend(instance, state=wanted)
    elif owner and instance.state == "BACKUP" and instance.is_set("state"):
        amend(instance, state="MASTER")
    if instance.owner_ignore_adverts and not owner and instance.is_set("owner_ignore_adverts"):
        complain(
            "contradiction", "owner_ignore_adverts without priority 255", "owner_ignore_adverts",
            "it is ignored",
        )  # fmt: skip
        amend(instance, owner_ignore_adverts=False)


def _strictness(instance: VrrpInstance, strict: bool, family: int, complain: _Complaint) -> None:
    if not strict:
        return
    if family == 6 and instance.virtual_ipaddress:
        first = instance.virtual_ipaddress[0].address
        if not first.is_link_local:
            complain(
                "strict", f"{first}: in strict mode the first IPv6 address must be link-local",
                "virtual_ipaddress", "the instance runs all the same",
            )  # fmt: skip
    if instance.is_set("down_timer_adverts"):
        complain("strict", "strict mode has no down_timer_adverts", "down_timer_adverts", "3 is used")
        amend(instance, down_timer_adverts=3)
    if instance.is_set("higher_prio_send_advert") and instance.higher_prio_send_advert:
        complain(
            "strict", "strict mode has no higher_prio_send_advert", "higher_prio_send_advert", "it is ignored"
        )
        amend(instance, higher_prio_send_advert=False)


def _trackers(instance: VrrpInstance, usual: UsualWeights, complain: _Complaint) -> None:
    own = [entry for entry in instance.track_interface if entry.name == instance.interface]
    for entry in own:
        complain(
            "own-interface", f"{entry.name} is the instance's own interface, which is tracked anyway",
            "track_interface", "the entry is left out",
        )  # fmt: skip
    if own:
        kept = tuple(e for e in instance.track_interface if e not in own)
        amend(instance, track_interface=kept)
    if instance.priority == OWNER:
        for what, entry in usual.weighted(instance):
            complain(
                "owner-weight", f"{what} {entry.name}: an address owner keeps its priority",
                f"track_{what}", "the weight is ignored",
            )  # fmt: skip


def _devices(instance: VrrpInstance, complain: _Complaint) -> None:
    if instance.promote_secondaries and instance.use_vmac is not None:
        complain(
            "vmac", "promote_secondaries is set for a vmac anyway", "promote_secondaries", "it is ignored"
        )
        amend(instance, promote_secondaries=False)
