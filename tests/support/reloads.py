"""Configurations and what people do to them between two loads, as Hypothesis strategies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from pykeepalived.config.bound import Bound
from pykeepalived.syntax.nodes import Statement

MAIN, OTHER = "keepalived.conf", "other.conf"

_REST = (
    "global_defs {\n router_id one\n}",
    "global_defs {\n router_id two\n vrrp_strict\n}",
    "global_defs {\n enable_script_security\n script_user nobody\n smtp_alert true\n}",
    "global_defs {\n vrrp_garp_master_delay 2\n # pykeepalived: ipvs_follows_vrrp false\n}",
    'vrrp_script check {\n script "/bin/check 1"\n interval 2\n weight 5\n}',
    "track_file load {\n file /run/load\n weight 2\n}",
    "vrrp_sync_group G {\n group {\n  A\n  B\n }\n}",
    "vrrp_sync_group H {\n group {\n  C\n  absent\n }\n notify /bin/group\n}",
    "virtual_server_group farm {\n 192.0.2.80-83 80\n fwmark 3\n}",
    "bfd_instance peer {\n neighbor_ip 192.0.2.9\n}",
    "bfd_instance lost {\n interval 10\n}",
    "static_routes {\n 198.51.100.0/24 via 192.0.2.1\n}",
    "garp_group {\n garp_interval 0.1\n interfaces {\n  eth0\n }\n}",
    "$NUMBER=7",
    "$BLOCK= \\\n priority 99 \\\n nopreempt",
    "@one global_defs {\n@one router_id conditional\n@one }",
    "include other.conf",
    "unknown_word 3",
    "# only words",
)
_INSTANCE = (
    "state MASTER", "state BACKUP", "interface eth1", "priority 255", "priority 90", "advert_int 0.5",
    "advert_int 2", "version 2", "version 3", "nopreempt", "preempt_delay 5", "nonsense here",
    "authentication {\n  auth_type PASS\n  auth_pass secret\n }", "notify_master \"/bin/up now\"",
    "notify /bin/all nobody", "smtp_alert", "virtual_routes {\n  198.51.100.0/24 dev eth0\n }",
    "virtual_rules {\n  from 198.51.100.0/24 table 7\n }", "track_interface {\n  eth1 weight 3\n }",
    "track_script {\n  check\n }", "track_file {\n  load weight 3\n }", "track_bfd {\n  lost\n }",
    "virtual_ipaddress {\n  192.0.2.66\n  192.0.2.67/24 dev eth1\n }", "use_vmac", "use_vmac vmac7",
    "unicast_peer {\n  192.0.2.200\n }", "garp_master_delay $NUMBER", "$BLOCK", "# a comment",
    "priority 80 # a \"quoted\" one", "virtual_ipaddress_excluded {\n  2001:db8::7\n }",
    "mcast_src_ip 192.0.2.3",
    "lvs_sync_daemon_interface eth0", "strict_mode on", "include other.conf", "interface none",
    "description \"some }  text\"",
)  # fmt: skip
_SERVICE = (
    "lb_algo rr", "lb_kind DR", "lvs_method NAT", "protocol TCP", "protocol UDP", "quorum 9", "ops", "alpha",
    "quorum_up \"/bin/quorum up\"", "persistence_timeout 60", "smtp_alert", "nonsense here", "delay_loop 3",
    "# pykeepalived: source_nat masquerade", "virtualhost $NUMBER", "sorry_server 192.0.2.99 80",
)  # fmt: skip
_SERVER = (
    "weight 3", "weight 0", "inhibit_on_failure", "notify_down \"/bin/down it\"", "retry 2", "nonsense here",
    "TCP_CHECK {\n   connect_timeout 3\n  }", "TCP_CHECK {\n   connect_port 81\n   retry 4\n  }",
    "MISC_CHECK {\n   misc_path \"/bin/check it\"\n  }", "BFD_CHECK {\n   name lost\n  }",
    "HTTP_GET {\n   url {\n    path /\n    status_code 200\n   }\n  }",
    "FILE_CHECK {\n   track_file load\n  }",
)  # fmt: skip


@st.composite
def _instances(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from("ABCDEFG"))
    lines = draw(st.lists(st.sampled_from(_INSTANCE), max_size=4))
    vrid = "ABCDEFG".index(name) + 1
    own = [f"virtual_router_id {vrid}", f"virtual_ipaddress {{\n  192.0.2.{vrid}\n }}"]
    body = "\n ".join(("interface eth0", *own, *lines))
    return f"vrrp_instance {name} {{\n {body}\n}}"


@st.composite
def _services(draw: st.DrawFn) -> str:
    head = draw(
        st.sampled_from(
            ("192.0.2.1 80", "192.0.2.2 80", "192.0.2.3 443", "fwmark 5", "group farm", "192.0.2.9")
        )
    )
    servers = []
    for number in range(draw(st.integers(0, 3))):
        body = "\n  ".join(draw(st.lists(st.sampled_from(_SERVER), max_size=3)))
        servers.append(f"real_server 192.0.2.{101 + number % 2} 80 {{\n  {body}\n }}")
    lines = draw(st.lists(st.sampled_from(_SERVICE), max_size=3))
    body = "\n ".join(("protocol TCP", "lb_algo rr", "lb_kind NAT", *lines, *servers))
    return f"virtual_server {head} {{\n {body}\n}}"


def pieces() -> st.SearchStrategy[str]:
    """What may stand at the outermost level of a file."""
    return st.one_of(_instances(), _instances(), _services(), _services(), st.sampled_from(_REST))


Files = dict[str, list[str]]
"""Each file's pieces."""


_SOUND = (
    "vrrp_instance J {\n interface eth0\n virtual_router_id 11\n virtual_ipaddress {\n  192.0.2.11\n }\n}",
    'vrrp_instance K {\n interface eth0\n virtual_router_id 12\n notify "/bin/all now"\n'
    " virtual_ipaddress {\n  192.0.2.12\n }\n}",
    "vrrp_instance L {\n interface eth0\n virtual_router_id 13\n track_script {\n  check\n }\n"
    " virtual_ipaddress {\n  192.0.2.13/24 dev eth1\n }\n virtual_rules {\n"
    "  from 192.0.2.0/24 table 7 preference 100\n }\n}",
    'virtual_server 192.0.2.11 80 {\n protocol TCP\n lb_algo rr\n lb_kind DR\n quorum_up "/bin/quorum up"\n'
    " real_server 192.0.2.101 80 {\n  TCP_CHECK {\n  }\n }\n}",
    "virtual_server 192.0.2.14 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n"
    ' real_server 192.0.2.101 80 {\n  weight 2\n  MISC_CHECK {\n   misc_path "/bin/check it"\n  }\n }\n}',
)
"""Nothing is to be said about these, unless something else is wrong."""


@st.composite
def files(draw: st.DrawFn) -> Files:
    """A main file, and one that it may include."""
    rest = draw(st.lists(st.sampled_from(_REST), max_size=3))
    sound = draw(st.lists(st.sampled_from(_SOUND), max_size=4, unique=True))
    others = draw(st.lists(pieces(), max_size=4))
    included = st.lists(pieces(), max_size=2).filter(lambda found: not any("include" in one for one in found))
    return {MAIN: [*rest, *sound, *others], OTHER: draw(included)}


@st.composite
def edited(draw: st.DrawFn, before: Files) -> Files:
    """The files after somebody did one or two things to them."""
    after = {name: list(texts) for name, texts in before.items()}
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from((MAIN, MAIN, OTHER)))
        after[name] = _edited(draw, after[name])
    return after


def _edited(draw: st.DrawFn, texts: list[str]) -> list[str]:
    what = draw(st.sampled_from(("add", "remove", "swap", "line", "line", "rest", "again")))
    if what == "rest":
        new = draw(st.sampled_from(_REST))
        there = [place for place, text in enumerate(texts) if text in _REST]
        place = draw(st.sampled_from(there)) if there else 0
        return [*texts[:place], new, *texts[place + bool(there) :]]
    if what == "add" or not texts:
        place = draw(st.integers(0, len(texts)))
        return [*texts[:place], draw(pieces()), *texts[place:]]
    chosen = draw(st.integers(0, len(texts) - 1))
    if what == "remove":
        return [*texts[:chosen], *texts[chosen + 1 :]]
    if what == "again":
        return [*texts, texts[chosen]]
    if what == "swap":
        other = draw(st.integers(0, len(texts) - 1))
        texts = list(texts)
        texts[chosen], texts[other] = texts[other], texts[chosen]
        return texts
    return line_edited(draw, texts, chosen)


def line_edited(
    draw: Callable[[st.SearchStrategy[Any]], Any], texts: list[str], chosen: int = 0
) -> list[str]:
    """A line of one piece is changed."""
    what = draw(st.sampled_from(("insert line", "remove line", "change line")))
    lines = texts[chosen].split("\n")
    place = draw(st.integers(0, len(lines) - 1))
    new = draw(st.sampled_from((*_INSTANCE, *_SERVICE, *_SERVER, "", "}", "{", "weight 9", "  # words")))
    if what == "insert line":
        lines.insert(place, new)
    elif what == "remove line":
        del lines[place]
    else:
        lines[place] = new
    return [*texts[:chosen], "\n".join(lines), *texts[chosen + 1 :]]


@st.composite
def rests(draw: st.DrawFn) -> list[Files]:
    """Sound blocks that stay as they are, and a few other things that change around them."""
    rest = draw(st.lists(st.sampled_from(_REST), min_size=1, max_size=3))
    found: list[Files] = []
    for _ in range(draw(st.integers(2, 3))):
        rest[draw(st.integers(0, len(rest) - 1))] = draw(st.sampled_from(_REST))
        texts = list(_SOUND)
        for piece in rest:
            texts.insert(draw(st.sampled_from((0, 0, 0, 2, 5))), piece)
        found.append({MAIN: texts, OTHER: []})
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[Files]:
    """What is loaded in turn."""
    found = [draw(files())]
    for _ in range(draw(st.integers(1, 3))):
        found.append(draw(edited(found[-1])))
    return found


def texts_of(loaded: Files) -> dict[str, str]:
    return {name: joined(texts) for name, texts in loaded.items()}


def joined(texts: Sequence[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def described(value: Any) -> Any:
    """Everything about a value, places included, as something that can be compared."""
    if isinstance(value, Bound):
        own = {
            f.name: described(getattr(value, f.name))
            for f in fields(value)
            if f.name not in ("head", "where")
        }
        return type(value).__name__, own, described(value.head), described(dict(value.where))
    if isinstance(value, Statement):
        return type(value).__name__, value.text, value.words, value.file, value.line, value.column
    if isinstance(value, tuple | list):
        return [described(one) for one in value]
    if isinstance(value, dict):
        return {key: described(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, (type, Enum)):
        return type(value).__name__, {f.name: described(getattr(value, f.name)) for f in fields(value)}
    return value
