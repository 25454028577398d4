"""The whole daemon tells others: mails, and scripts before its start and after its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon_argv import daemon_argv
from tests.support.vrrp_lab import Lan, eventually

pytestmark = pytest.mark.netns

ROOT = Path(__file__).parents[2]
VIP = "192.0.2.100"
RELAY = """
import socket, sys
server = socket.create_server(("127.0.0.1", 2525))
while True:
    line = server.accept()[0].makefile("rw", newline="")
    line.write("220 relay\\r\\n"); line.flush()
    data = False
    for text in line:
        print(text.strip(), flush=True)
        if data and text != ".\\r\\n":
            continue
        data = text == "DATA\\r\\n"
        line.write("354 go on\\r\\n" if data else "221 bye\\r\\n" if text == "QUIT\\r\\n" else "250 ok\\r\\n")
        line.flush()
"""
CONFIG = """
global_defs {{
    router_id R1
    smtp_server 127.0.0.1 2525
    notification_email_from ka@example.net
    notification_email {{
        ops@example.net
    }}
    startup_script "/bin/sh -c 'ip -o addr show > {folder}/before'" root
    shutdown_script "/bin/sh -c 'ip -o addr show > {folder}/after'" root
}}
vrrp_instance VI_1 {{
    interface eth0
    state MASTER
    version 3
    virtual_router_id 51
    priority 150
    advert_int 0.1
    smtp_alert
    virtual_ipaddress {{
        192.0.2.100/24
    }}
}}
"""


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan("s-telling") as lan:
        lan.ip("a", "link", "set", "lo", "up")
        yield lan


def test_mails_and_the_scripts_around_a_life(lan: Lan, tmp_path: Path) -> None:
    config, heard, output = tmp_path / "keepalived.conf", tmp_path / "heard", tmp_path / "output"
    config.write_text(CONFIG.format(folder=tmp_path))
    inside = ["ip", "netns", "exec", lan.names["a"]]
    with heard.open("wb") as sink, output.open("wb") as log:
        relay = subprocess.Popen([*inside, sys.executable, "-c", RELAY], stdout=sink, stderr=log)
        daemon = subprocess.Popen([*inside, *daemon_argv(config)], cwd=ROOT, stdout=log, stderr=log)
        try:
            eventually(
                lambda: "Subject: [R1] VRRP Instance VI_1 - Entering MASTER state" in heard.read_text(),
                lambda: f"a mail; heard {heard.read_text()}; log:\n{output.read_text()}",
            )
            assert VIP not in (tmp_path / "before").read_text()
            assert lan.holds("a", VIP)
            daemon.terminate()
            assert 0 == daemon.wait(20)
            eventually(lambda: "VRRP Instance VI_1 - Stopping" in heard.read_text(), "the last mail")
            assert VIP not in (tmp_path / "after").read_text()
        finally:
            for process in (daemon, relay):
                process.kill()
                process.wait()
