"""The linter and the daemon want the same kernel parameters of one file."""

from __future__ import annotations

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.plan.health import plan_checks
from tests.support.lint import SampleHost, findings_of

OFF = {
    "net.ipv4.ip_forward": "0", "net.ipv6.conf.all.forwarding": "0", "net.ipv4.vs.sync_threshold": "3 50",
    "net.ipv4.vs.expire_nodest_conn": "0", "net.ipv4.vs.expire_quiescent_template": "0",
}  # fmt: skip
CODES = {
    "net.ipv4.ip_forward": "PK807", "net.ipv6.conf.all.forwarding": "PK807",
    "net.ipv4.vs.sync_threshold": "PK820", "net.ipv4.vs.expire_nodest_conn": "PK505",
    "net.ipv4.vs.expire_quiescent_template": "PK531",
}  # fmt: skip
GLOBALS = [
    "", "lvs_sync_daemon eth0", "lvs_timeouts udp 10", "lvs_timeouts tcp 900",
    "# pykeepalived: ipvs_sysctl needed", "lvs_sync_daemon eth0\n# pykeepalived: ipvs_sysctl needed",
    "# pykeepalived: ipvs_sysctl expire_nodest_conn 1",
    "# pykeepalived: ipvs_sysctl expire_quiescent_template 1",
    "lvs_sync_daemon eth0\n# pykeepalived: ipvs_sysctl sync_threshold 2 20",
]  # fmt: skip
SERVICES = [
    "lb_kind NAT\nprotocol TCP", "lb_kind DR\nprotocol TCP", "lb_kind DR\nprotocol UDP",
    "lb_kind DR\nprotocol UDP\nops", "lb_kind DR\nprotocol TCP\npersistence_timeout 60",
    "lb_kind DR\nprotocol TCP\npersistence_timeout 60\ninhibit_on_failure",
    "lb_kind DR\nprotocol TCP\ninhibit_on_failure",
    "lb_kind NAT\nprotocol UDP\npersistence_timeout 60\ninhibit_on_failure",
]  # fmt: skip


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("service", SERVICES, ids=lambda text: text.replace("\n", ", "))
@pytest.mark.parametrize("words", GLOBALS, ids=lambda text: text.replace("\n", ", "))
def test_both_name_the_same_parameters(words: str, service: str, six: bool) -> None:
    vip, server = ("2001:db8::1", "2001:db8:1::1") if six else ("192.0.2.1", "198.51.100.1")
    text = (
        f"global_defs {{\n{words}\n}}\nvirtual_server {vip} 80 {{\nlb_algo rr\n{service}\n"
        f"real_server {server} 80 {{\nPING_CHECK {{\n}}\n}}\n}}\n"
    )
    needs = plan_checks(load_text(text).config, lambda _: (0, 0, ())).support.sysctls
    told = {CODES[need.name.replace("/", ".")] for need in needs if not need.set}

    host = SampleHost({"sysctls": OFF, "interfaces": ["lo", "eth0"]})
    found = findings_of(tuple(CODES.values()), {"keepalived.conf": text}, host=host)

    assert told == {one.code for one in found}
