"""What a case of ``twins.py`` is, and pieces of configurations.

A step is a shell command on the host of the daemon, or one of: ``!speak PRIORITY [vrid=N] [src=ADDRESS]
[to=ADDRESS] [ttl=N] [vip=ADDRESS]`` and ``!silence [release]`` (another router), ``!carrier ethN up|down``,
``!reload NAME`` (of ``others``), ``!fail`` and ``!succeed first|second`` (what the script of that name says),
``!number N`` (what the tracked file says), ``!wait SECONDS``.  @DIR@ is a folder of the twin's own, with the
scripts ``first`` and ``second``, ``tell`` (which notes its arguments), ``number`` and ``fifo``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """``on_purpose``: regular expressions of differences (``ours: …`` or ``keepalived: …``) that are wanted,
    and ``why``.  ``setup`` is done before the start.  ``announcements``: gratuitous ARP and neighbour
    advertisements of a step are compared, up to so many of each address; ``processes``: names, priorities
    and limits of the processes are.
    """

    name: str
    file: str
    steps: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[str, ...] = ()
    on_purpose: tuple[str, ...] = ()
    why: str = ""
    settle: float | None = None
    announcements: int = 0
    processes: bool = False


def instance(
    more: str = "",
    *,
    name: str = "VI_1",
    vrid: int = 51,
    priority: int = 100,
    interval: str = "0.2",
    version: int = 3,
    interface: str = "eth0",
    vips: str = "192.0.2.100/24",
) -> str:
    """An instance with quick adverts."""
    return f"""vrrp_instance {name} {{
    interface {interface}
    virtual_router_id {vrid}
    priority {priority}
    advert_int {interval}
    version {version}
    virtual_ipaddress {{
        {vips}
    }}
    {more}
}}
"""


def script(more: str = "", *, name: str = "f", runs: str = "first") -> str:
    """A tracked script."""
    return f"vrrp_script {name} {{\nscript @DIR@/{runs}\ninterval 0.3\n{more}\n}}\n"


def group(*members: str, more: str = "") -> str:
    """A sync group."""
    return f"vrrp_sync_group G {{\ngroup {{\n{chr(10).join(members)}\n}}\n{more}\n}}\n"
