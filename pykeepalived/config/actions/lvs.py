"""virtual_server, real_server and their checkers: what is checked while they are read."""

from __future__ import annotations

from typing import Any

from pykeepalived.config.actions.accounts import default_account_fails
from pykeepalived.config.frame import Frame
from pykeepalived.config.kinds.base import IGNORED
from pykeepalived.config.schema import REJECTED, Keyword, amend
from pykeepalived.config.values import Forwarding, IPAddress
from pykeepalived.syntax.nodes import Statement

REMOVED = "it is left out"


def scheduler_flag(*schedulers: str) -> Any:
    """A flag that only some schedulers have; ``lb_algo`` must come first.

    Between sh and mh keepalived ignores the other one's words in silence.
    """

    def check(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
        chosen = site.values.get("lb_algo")
        if chosen in schedulers:
            return value
        if chosen in ("sh", "mh"):
            return REJECTED
        site.error(
            "scheduler-flag", f"{statement.keyword} needs lb_algo {' or '.join(schedulers)} before it",
            statement,
            0, consequence=IGNORED,
        )  # fmt: skip
        return REJECTED

    return check


def after_sorry_server(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    if "sorry_server" not in site.values:
        site.error(
            "sorry-server-order", f"{statement.keyword} needs a sorry_server before it", statement, 0,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED
    return value


def sorry_server(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    site.scratch["sorry_kind"] = site.values.get("lb_kind")
    return value


def protocol(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    return value


def ip_family(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """Only a firewall mark leaves the family open."""
    address = site.values.get("address")
    version = 4 if value == "inet" else 6
    if address is not None and address.version != version:
        site.error(
            "service-family", f"ip_family {value} for an IPv{address.version} service", statement, 1,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED
    return value


def ha_suspend(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    if "fwmark" in site.values:
        site.error(
            "ha-suspend", "ha_suspend watches an address; a firewall mark has none", statement, 0,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED
    return value


def service_name(values: dict[str, Any]) -> str:
    """keepalived's name of a service: ``[192.0.2.1]:tcp:80``, ``FWM 7`` or ``[group]:0``."""
    if values.get("group"):
        return f"[{values['group']}]:0"
    if values.get("fwmark"):
        return f"FWM {values['fwmark']}"
    protocol = (values.get("protocol") or "none").lower()
    return f"[{values.get('address')}]:{protocol}:{values.get('port') or 0}"


def close_virtual_server(site: Frame) -> bool:
    values = site.values
    if not values.get("real_servers"):  # a sorry_server alone does not help
        site.error_at_close(
            "no-real-servers", f"virtual server {service_name(values)} has no real server",
            consequence="the service is left out",
        )  # fmt: skip
        return False
    sorry = values.get("sorry_server")
    if sorry is not None and not _fits(site, sorry.address, values.get("sorry_server_lvs_method")):
        site.error_at_close(
            "service-family", f"sorry_server {sorry.address} is not of the family of its virtual server",
            hint="only TUN may cross families", consequence=REMOVED,
        )  # fmt: skip
        del values["sorry_server"]
    _keep_methods(site)
    return True


def _keep_methods(site: Frame) -> None:
    """Servers take ``lb_kind`` as it stands where they begin; one that follows is for those after it."""
    final = site.values.get("lb_kind")
    for server, begun in zip(site.values["real_servers"], site.scratch.get("kinds", ()), strict=False):
        if begun is not None and begun != final and server.lvs_method is None:
            amend(server, lvs_method=begun)
    begun = site.scratch.get("sorry_kind")
    if begun is not None and begun != final and "sorry_server" in site.values:
        site.values.setdefault("sorry_server_lvs_method", begun)


def _fits(service: Frame, address: IPAddress, own: Forwarding | None) -> bool:
    """Whether a server may stand behind a service.

    The family of a service is that of its address, else what ip_family says, else that of its first server.
    """
    values = service.values
    forwarding = own or values.get("lb_kind")
    if forwarding is not None and forwarding.method == "TUN":
        return True
    if "address" in values:
        family = values["address"].version
    elif "ip_family" in values:
        family = 4 if values["ip_family"] == "inet" else 6
    else:
        family = service.scratch.setdefault("family", address.version)
    return bool(family == address.version)


def close_virtual_server_group(site: Frame) -> bool:
    entries = site.values.get("entries", ())
    if not entries:
        site.error_at_close(
            "empty-list", f"virtual_server_group {site.values['name']} has no entries",
            consequence="the group is removed",
        )  # fmt: skip
        return False
    families = {e.first.version if e.first else e.family for e in entries}
    if {4, 6, None} <= families:
        site.error_at_close(
            "service-family",
            f"virtual_server_group {site.values['name']} mixes IPv4, IPv6 and a mark without family",
            consequence="the group is removed",
        )
        return False
    return True


def close_real_server(site: Frame) -> bool:
    service = site.outer("virtual_server")
    own = site.values["address"]
    if service is not None and not _fits(service, own, site.values.get("lvs_method")):
        site.error_at_close(
            "service-family", f"real server {own} is not of the family of its virtual server",
            hint="only TUN may cross families", consequence=REMOVED,
        )  # fmt: skip
        return False
    if service is not None:
        service.scratch.setdefault("kinds", []).append(site.scratch.get("kind"))
    return True


def bindto(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """Of the family of what is checked, as far as that is known in this line."""
    server = site.outer("real_server")
    target = site.values.get("connect_ip") or (server.values.get("address") if server else None)
    if target is None or value.version == target.version:
        return value
    site.error(
        "bindto-family", f"bindto {value} and the checked address {target} are of different families",
        statement, 1, consequence=IGNORED,
    )  # fmt: skip
    return REJECTED


def connect_ip(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """Of the family of a bindto before it."""
    source = site.values.get("bindto")
    if source is None or value.version == source.version:
        return value
    site.error(
        "bindto-family", f"connect_ip {value} and bindto {source} are of different families", statement, 1,
        consequence=IGNORED,
    )  # fmt: skip
    return REJECTED


def close_connecting(site: Frame) -> bool:
    """A link-local address says nothing without its interface."""
    values = site.values
    connect = values.get("connect_ip")
    if connect is not None and connect.version == 6 and connect.is_link_local and "bind_if" not in values:
        site.error_at_close(
            "link-local", f"connect_ip {connect} is link-local and needs bind_if",
            consequence="the checker is left out",
        )  # fmt: skip
        return False
    return True


def close_udp_check(site: Frame) -> bool:
    values = site.values
    if values.get("min_reply_length", 0) > values.get("max_reply_length", 255):
        site.error_at_close(
            "reply-length", "min_reply_length is above max_reply_length", consequence="both are kept"
        )
    return close_connecting(site)


def close_url(site: Frame) -> bool:
    if "path" not in site.values:
        site.error_at_close("no-path", "a url without path", consequence=REMOVED)
        return False
    return True


def close_http_get(site: Frame) -> bool:
    if not site.values.get("urls"):
        site.error_at_close("no-url", f"{site.schema.name} has no url", consequence="the checker is left out")
        return False
    return close_connecting(site)


def close_misc_check(site: Frame) -> bool:
    command = site.values.get("misc_path")
    if command is None or not any(command.argv):
        site.error_at_close(
            "no-misc-path", "MISC_CHECK has no misc_path", consequence="the checker is left out"
        )
        return False
    if site.scratch.get("removed"):
        return False
    if "user" not in site.values and default_account_fails(site, None):
        site.error_at_close(
            "no-script-user", "MISC_CHECK has no account to run its script as",
            consequence="the checker is left out",
        )  # fmt: skip
        return False
    return True


def known_object(what: str, block: str) -> Any:
    """FILE_CHECK and BFD_CHECK: the name must be defined above."""

    def check(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
        if value not in site.context.known(what):
            if what == "bfd":
                site.scratch["unknown"] = True
            site.error(
                "unknown-name", f"no {block} {value} is defined above this line", statement, 1,
                consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return value

    return check


def needs(attribute: str) -> Any:
    """A block that is nothing without one of its keywords."""

    def close(site: Frame) -> bool:
        if attribute not in site.values and "unknown" in site.scratch:
            return False  # it was said in its line
        if attribute not in site.values:
            site.error_at_close(
                "missing-keyword",
                f"{site.schema.name} needs {attribute}",
                consequence="the checker is left out",
            )
            return False
        return True

    return close


def smtp_host(site: Frame) -> bool:
    """The old ``host`` block inside SMTP_CHECK changes the checker around it (as keepalived does)."""
    if site.parent is not None:
        site.parent.values.update(site.values)
        site.parent.where.update(site.where)
    return True
