"""Every option of routes and rules: the kernel holds the same from us as from Debian's keepalived."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pykeepalived.config.load import load
from pykeepalived.ipc.messages import Stop
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.syntax.source import DictLoader
from tests.support.vrrp_lab import Lan, eventually, running

KEEPALIVED = shutil.which("keepalived", path="/usr/sbin:/sbin:/usr/local/sbin")

pytestmark = [
    pytest.mark.interop,
    pytest.mark.netns,
    pytest.mark.skipif(KEEPALIVED is None, reason="Debian's keepalived is not installed"),
]

ROUTES = """
203.0.113.0/28 via 192.0.2.254 dev eth0 metric 10
203.0.113.16/28 via inet 192.0.2.254
203.0.113.32/28 dev eth0 scope link
203.0.113.48/28 dev eth0 src 198.51.100.1 table 100
203.0.113.64/28 dev eth0 table 1000 tos 0x10
203.0.113.80/28 dev eth0 protocol bird no_track
203.0.113.96/28 dev eth0 mtu 1400 advmss 1200 hoplimit 12 window 1000
203.0.113.112/28 dev eth0 mtu lock 1300 rtt 300ms rttvar lock 2s rto_min 400ms
203.0.113.128/28 dev eth0 ssthresh 12 cwnd lock 5 initcwnd 10 initrwnd 11 reordering 4
203.0.113.144/28 dev eth0 features ecn quickack 1 congctl reno fastopen_no_cookie 1
203.0.113.160/28 via 10.9.9.9 dev eth0 onlink
203.0.113.176/28 dev eth0 realms 3/4
203.0.113.192/28 nexthop via 192.0.2.254 dev eth0 weight 3 nexthop via 192.0.2.253 weight 256 realms 5
203.0.113.208/28 nexthop via 10.9.9.9 dev eth0 onlink nexthop via 192.0.2.253 dev eth0
blackhole 203.0.113.224/29
unreachable 203.0.113.232/30 metric 7
prohibit 203.0.113.236/31
throw 203.0.113.238/32 table 100
add 203.0.113.240/32 dev eth0
append 203.0.113.241/32 dev eth0 metric 3
prepend 203.0.113.241/32 via 192.0.2.254 metric 3
default via 192.0.2.254 dev eth0 table 200
to 203.0.113.242 oif eth0 preference 5
local 203.0.113.243 dev eth0 table 100
2001:db8:1::/48 via 2001:db8::254 dev eth0
2001:db8:2::/48 dev eth0 metric 7 pref high
2001:db8:3::/48 dev eth0 pref low mtu 1400
2001:db8:4::/48 via inet6 fe80::9 dev eth0 src 2001:db8::1
2001:db8:5::/48 dev eth0 from 2001:db8:9::/64
2001:db8:6::/48 via 2001:db8::254 hoplimit 9 advmss 1000
2001:db8:7::/48 dev eth0 features ecn table 300
2001:db8:8::/48 nexthop via 2001:db8::254 dev eth0 weight 2 nexthop via 2001:db8::253 dev eth0
blackhole 2001:db8:a::/48
unreachable 2001:db8:b::/48 metric 3
default6 via 2001:db8::254 dev eth0 table 200
"""

RULES = """
from 203.0.113.0/28 table 100 priority 1000
to 203.0.113.16/28 lookup main preference 1001
from 203.0.113.0/28 to 203.0.113.16/28 table 1000 order 1002
not from 203.0.113.32/28 table 100 priority 1003
fwmark 0x10 table 100 priority 1004
fwmark 0x10/0xff0 table 100 priority 1005
iif eth0 table 100 priority 1006
oif eth0 table 100 priority 1007
iif lo oif eth0 table 100 priority 1008
tos 0x10 table 100 priority 1009
from all table 100 realms 3/4 priority 1010
table 100 suppress_prefixlength 0 priority 1011
table 100 suppress_ifgroup 5 priority 1012
uidrange 1000-2000 table 100 priority 1013
ipproto tcp sport 10-20 dport 443-443 table 100 priority 1014
tunnel-id 77 table 100 priority 1015
l3mdev priority 1016
goto 1020 priority 1017
nop priority 1018
blackhole from 203.0.113.64/28 priority 1019
type unreachable from 203.0.113.65/32 priority 1020
prohibit from 203.0.113.66/32 priority 1021
from 203.0.113.67 table 100 protocol 99 no_track priority 1022
from 203.0.113.68 table 100 no_track priority 1023
from 203.0.113.69 table 100
from 203.0.113.70 table 100
from 2001:db8:1::/48 table 100 priority 1100
to 2001:db8:1::/48 table 1000 fwmark 7 iif eth0 priority 1101
blackhole to 2001:db8:2::/48 priority 1102
from 2001:db8:1::/48 suppress_prefixlength 3 table 100 priority 1103
from 2001:db8:3::/48 table 100
"""


def configuration() -> str:
    return f"""
static_ipaddress {{
    192.0.2.77/24 dev eth0
    2001:db8::77/64 dev eth0
}}
static_routes {{
    203.0.113.244 via 192.0.2.254 dev eth0
    2001:db8:c::/48 via 2001:db8::254 dev eth0
}}
static_rules {{
    from 203.0.113.244 table 100 priority 900
    to 2001:db8:c::/48 table 100 priority 901
}}
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    virtual_ipaddress {{
        198.51.100.1/24
    }}
    virtual_routes {{{ROUTES}}}
    virtual_rules {{{RULES}}}
}}
"""


@contextmanager
def keepalived(lan: Lan, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "run").mkdir()
    path = folder / "keepalived.conf"
    path.write_text(configuration())
    inside = (
        f"mount --bind {folder}/run /run && mount --bind /dev/null /dev/console; "
        f"exec {KEEPALIVED} -n -l -D -P -f {path} -p {folder}/ka.pid -r {folder}/vrrp.pid"
    )
    with (folder / "keepalived.log").open("wb") as log:
        process = subprocess.Popen(
            ["ip", "netns", "exec", lan.names["a"], "unshare", "-m", "sh", "-c", inside],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def held(lan: Lan) -> set[str]:
    """Everything that ``ip -d`` shows of routes, rules and addresses, one per line."""
    found = set()
    for what in (["-4", "route", "show", "table", "all"], ["-6", "route", "show", "table", "all"]):
        output = lan.ip("a", "-N", "-d", *what).replace("\n\t", " ")
        found |= {f"{what[0]} {' '.join(line.split())}" for line in output.splitlines()}
    for family in ("-4", "-6"):
        output = lan.ip("a", "-N", family, "rule", "show")
        found |= {f"{family} rule {' '.join(line.split())}" for line in output.splitlines()}
    output = lan.ip("a", "-N", "-o", "addr", "show", "dev", "eth0")
    return found | {" ".join(line.split()) for line in output.splitlines()}


def settled(lan: Lan, ready: Callable[[set[str]], bool]) -> set[str]:
    seen: set[str] = set()

    def enough() -> bool:
        nonlocal seen
        before, seen = seen, held(lan)
        return ready(seen) and before == seen

    eventually(enough, lambda: "\n".join(sorted(seen)))
    return seen


def is_master(lines: set[str]) -> bool:
    return any("198.51.100.1/24" in line for line in lines)


def test_the_kernel_holds_what_keepalived_would_put_there(tmp_path: Path) -> None:
    with Lan("rlk") as lan:
        untouched = held(lan)
        with keepalived(lan, tmp_path):
            theirs = settled(lan, is_master) - untouched
    with Lan("rlk") as lan:
        untouched = held(lan)
        loaded = load("/k.conf", DictLoader({"/k.conf": configuration()}), host=None)
        with running(lan, "a", plan_vrrp(loaded.config), str(tmp_path / "log")) as process:
            process.until_state("VI_1", "MASTER")
            ours = settled(lan, is_master) - untouched
            process.channel.send(Stop())
            process.wait()
            log = process.log()
        left = held(lan) - untouched

    # What keepalived sets without lock, the kernel does not look at.
    assert sorted(line.replace("rto_min 400ms", "rto_min lock 400ms") for line in theirs) == sorted(ours), log
    assert set() == left, log
    # Both kernels refuse this one, and only we say which line it is and what is wrong with it.
    assert (
        "/k.conf:47: cannot add route local 203.0.113.243 dev eth0 table 100: Invalid argument: Invalid"
        in log
    )
    assert len(ours) > 65, sorted(ours)
