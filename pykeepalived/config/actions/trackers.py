"""Trackers: scripts, processes, files, BFD sessions, and the entries that refer to them.

What is tracked must be defined earlier in the file than the block that tracks it.
"""

from __future__ import annotations

import posixpath
from typing import Any

from pykeepalived.config.actions.accounts import default_account_fails
from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.vrrp import known_interface
from pykeepalived.config.frame import Frame
from pykeepalived.config.kinds.base import IGNORED, LINE_DROPPED
from pykeepalived.config.schema import REJECTED, Keyword
from pykeepalived.syntax.nodes import Statement

REMOVED = "it is removed"


def _register(site: Frame, what: str) -> None:
    site.context.known(what).setdefault(site.values["name"], site.values)


def close_vrrp_script(site: Frame) -> bool:
    name = site.values["name"]
    if "script" not in site.values:
        site.error_at_close("no-script", f"vrrp_script {name} has no script", consequence=REMOVED)
        return False
    if site.scratch.get("removed"):
        return False
    if "user" not in site.values and default_account_fails(site, None):
        site.error_at_close(
            "no-script-user", f"vrrp_script {name} has no account to run as", consequence=REMOVED
        )
        return False
    _register(site, "script")
    return True


def close_track_process(site: Frame) -> bool:
    if "process" not in site.values:
        site.error_at_close(
            "no-process", f"vrrp_track_process {site.values['name']} names no process", consequence=REMOVED
        )
        return False
    _register(site, "process")
    return True


def close_track_file(site: Frame) -> bool:
    path = site.values.get("file")
    if path is None:
        site.error_at_close("no-file", f"track_file {site.values['name']} names no file", consequence=REMOVED)
        return False
    host = site.context.host
    if host is not None and "init_file" not in site.values and not _directory_exists(site, path):
        site.error_at_close(
            "no-directory", f"the directory of {path} does not exist (No such file or directory)",
            consequence=REMOVED,
        )  # fmt: skip
        return False
    _register(site, "file")
    return True


def _directory_exists(site: Frame, path: str) -> bool:
    host = site.context.host
    return host is None or host.directory_exists(posixpath.dirname(path) or ".")


def close_bfd_instance(site: Frame) -> bool:
    values = site.values
    neighbor = values.get("neighbor_ip")
    name = values["name"]
    if neighbor is None:
        site.error_at_close(
            "no-neighbor", f"bfd_instance {name} has no neighbor_ip", consequence="the instance is disabled"
        )
        return False
    source = values.get("source_ip")
    if source is not None and source.version != neighbor.version:
        site.error_at_close(
            "family-mismatch", f"bfd_instance {name}: source_ip and neighbor_ip are of different families",
            consequence="the instance is disabled",
        )  # fmt: skip
        return False
    ttl = values.get("ttl") or values.get("hoplimit") or (255 if neighbor.version == 4 else 64)
    if (values.get("max_hops") or 0) > ttl:
        site.error_at_close(
            "number-range", f"bfd_instance {name}: max_hops is above ttl {ttl}", consequence=f"{ttl} is used"
        )
    return True


def bfd_header(statement: Statement, site: Frame) -> bool:
    """A BFD session is known by its name from here on, even when it turns out to be disabled."""
    if not _bfd_name(statement, site):
        return False
    _register(site, "bfd")
    return True


_bfd_name = name_header(unique=True, max_length=31)


def weight_once(unset: int) -> Any:
    """A weight that may be given again only while it still has the value ``unset``."""

    def check(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
        earlier = site.values.get("weight")
        if earlier is not None and earlier.value != unset:
            site.error(
                "repeated-keyword", f"weight was given already in line {site.where['weight'].line}",
                statement,
                0, consequence="the first one counts",
            )  # fmt: skip
            return REJECTED
        return value

    return check


def quorum_order(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """quorum must not exceed a quorum_max that was given before it, and the reverse."""
    quorum = value if keyword.name == "quorum" else site.values.get("quorum", 1)
    limit = value if keyword.name == "quorum_max" else site.values.get("quorum_max")
    if keyword.name == "quorum" and limit is not None and quorum > limit:
        site.error(
            "contradiction", f"quorum {quorum} is above quorum_max {limit}", statement, 1, consequence=IGNORED
        )
        return REJECTED
    if keyword.name == "quorum_max" and "quorum" in site.values and value < quorum:
        site.error(
            "contradiction", f"quorum_max {value} is below quorum {quorum}", statement, 1, consequence=IGNORED
        )
        return REJECTED
    return value


def track_entry(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """The tracked object must be known, and not be tracked twice."""
    what = keyword.name.removeprefix("track_")
    name = value.name
    if what == "interface":
        if not known_interface(site, statement, name):
            return REJECTED
    elif name not in site.context.known(what):
        block = {"script": "vrrp_script", "file": "track_file", "process": "vrrp_track_process"}.get(
            what, "bfd_instance"
        )
        near = "define it above this line" if block else None
        site.error(
            "unknown-name", f"no {block} {name} is defined above this line", statement, 0, hint=near,
            consequence=LINE_DROPPED,
        )  # fmt: skip
        return REJECTED
    seen = site.scratch.setdefault(keyword.name, set())
    if name in seen:
        site.error("duplicate-entry", f"{name} is tracked twice", statement, 0, consequence=LINE_DROPPED)
        return REJECTED
    seen.add(name)
    return value
