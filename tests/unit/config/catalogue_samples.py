"""Where a sample of the catalogue stands: a small configuration around one statement.

The catalogue (../shared/reference/keywords.json) says for each keyword and grammar what the reference
binary answered
on a minimal file; it names the companions such a file needs only in words, so they are written down here.
"""

from __future__ import annotations

GLOBAL = "enable_script_security\nscript_user root\n"
INSTANCE = "interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n198.51.100.100/32\n}\n"
SERVICE = "protocol TCP\nlb_algo rr\nlb_kind NAT\n"
SERVER = "real_server 192.0.2.13 80 {\n}\n"
KEY = "0" * 64
TRACKED = (
    "vrrp_script scr1 {\nscript /usr/bin/true\n}\nvrrp_script s {\nscript /usr/bin/true\n}\n"
    "track_file f1 {\nfile /tmp/f1\n}\nvrrp_track_process p1 {\nprocess x\n}\n"
    "bfd_instance b1 {\nneighbor_ip 192.0.2.77\n}\n"
)
PEER = "unicast_peer {\n192.0.2.9\n}\n"
TWO_INSTANCES = (
    f"vrrp_instance V1 {{\n{INSTANCE}}}\n"
    "vrrp_instance V2 {\ninterface eth0\nvirtual_router_id 52\nvirtual_ipaddress {\n198.51.100.101/32\n}\n}\n"
)
TRACK_GROUP = "track_group tg {\ngroup {\nV1\n}\n}\n"

COMPANIONS = {
    ("vrrp_instance", "vmac_xmit_base"): "use_vmac\n",
    ("vrrp_instance", "unicast_src_ip"): PEER,
    ("vrrp_instance", "check_unicast_src"): PEER,
    ("vrrp_instance", "unicast_ttl"): PEER,
    ("vrrp_instance", "unicast_fault_no_peer"): PEER,
    ("vrrp_instance", "old_unicast_checksum"): PEER,
    ("vrrp_instance", "timer_expired_backup"): "nopreempt\n",
    ("vrrp_instance", "thread_timer_expired"): "nopreempt\n",
    ("vrrp_instance", "owner_ignore_adverts"): "priority 255\n",
    ("vrrp_instance/auth_hmac", "key"): "active_key 1\n",
    ("vrrp_instance/auth_hmac", "*"): f"key 1 hex:{KEY}\nactive_key 1\n",
    ("vrrp_instance/authentication", "auth_type"): "auth_pass x\n",
    ("vrrp_instance/authentication", "auth_pass"): "auth_type PASS\n",
    ("virtual_server", "hashed"): "lb_algo sh\n",
    ("virtual_server", "sh-port"): "lb_algo sh\n",
    ("virtual_server", "sh-fallback"): "lb_algo sh\n",
    ("virtual_server", "mh-port"): "lb_algo mh\n",
    ("virtual_server", "mh-fallback"): "lb_algo mh\n",
    ("virtual_server", "sorry_server_inhibit"): "sorry_server 192.0.2.50 80\n",
    ("virtual_server", "sorry_server_lvs_method"): "sorry_server 192.0.2.50 80\n",
    ("virtual_server", "ops"): "protocol UDP\n",
    ("virtual_server/real_server/FILE_CHECK", "weight"): "track_file f1\n",
    ("virtual_server/real_server/BFD_CHECK", "alpha"): "name b1\n",
    ("garp_group", "garp_interval"): "interface eth0\n",
    ("garp_group", "gna_interval"): "interface eth0\n",
    ("garp_group", "interface"): "garp_interval 0.1\n",
    ("garp_group", "interfaces"): "garp_interval 0.1\n",
}
REPLACED = {
    "virtual_router_id": "virtual_router_id 51\n",
    "lb_algo": "lb_algo rr\n",
    "lvs_sched": "lb_algo rr\n",
    "lb_kind": "lb_kind NAT\n",
    "lvs_method": "lb_kind NAT\n",
    "protocol": "protocol TCP\n",
}
"""Lines of the surroundings that the statement under test takes the place of."""

NEEDED = {
    "vrrp_script": "script /usr/bin/true\n",
    "vrrp_track_process": "process x\n",
    "track_file": "file /tmp/f2\n",
    "vrrp_track_file": "file /tmp/f2\n",
    "bfd_instance": "neighbor_ip 192.0.2.8\n",
}


def statement(sample: str) -> str:
    """The sample with its abbreviations written out, one statement a line."""
    text = sample.replace("<none>", "").replace("<nl>", "\n").replace("\\n", "\n").replace("<k64>", KEY)
    text = text.replace("<vi>", INSTANCE.replace("51\n", "77\n", 1)).replace("<vs>", SERVICE + SERVER)
    return text.replace("{", "{\n").replace("}", "\n}")


def globals_block(extra: str = "") -> str:
    return f"global_defs {{\n{GLOBAL}{extra}}}\n"


def surrounded(path: str, word: str, line: str) -> str:
    """A configuration with ``line`` in the block ``path``."""
    companion = COMPANIONS.get((path, word), COMPANIONS.get((path, "*"), ""))
    if path == "":
        instances = "" if word == "vrrp_instance" else TWO_INSTANCES
        return f"{globals_block()}{instances}{line}\n"
    if path == "global_defs":
        return globals_block(f"{companion}{line}\n")
    if path.startswith("vrrp_instance"):
        return _instance(path, word, companion, line)
    if path == "vrrp_sync_group":
        members = "" if word == "group" else "group {\nV1\nV2\n}\n"
        group = f"vrrp_sync_group G {{\n{members}{line}\n}}\n"
        return globals_block() + TRACKED + TWO_INSTANCES + group
    if path.startswith("virtual_server"):
        return _service(path, word, companion, line)
    needed = NEEDED.get(path, "")
    if needed.split(" ")[0] == word or word == "neighbour_ip":
        needed = ""
    name = "" if path in ("SSL", "garp_group") else " N1"
    user = {
        "vrrp_script": f"vrrp_instance V1 {{\n{INSTANCE}track_script {{\nN1\n}}\n}}\n",
        "track_group": f"vrrp_instance V1 {{\n{INSTANCE}}}\n",
    }.get(path, "")
    return f"{globals_block()}{path}{name} {{\n{needed}{companion}{line}\n}}\n{user}"


def _instance(path: str, word: str, companion: str, line: str) -> str:
    body = INSTANCE.replace(REPLACED.get(word, "\0"), "")
    first = ""
    if word == "native_ipv6":
        body = body.replace("198.51.100.100/32", "fe80::1")
        first = line + "\n"
    if "/" in path:
        line = f"{path.split('/')[1]} {{\n{companion}{line}\n}}"
        companion = ""
    return f"{globals_block()}{TRACKED}vrrp_instance V1 {{\n{first}{body}{companion}{line}\n}}\n"


def _service(path: str, word: str, companion: str, line: str) -> str:
    parts = path.split("/")[1:]
    body = SERVICE if parts else SERVICE.replace(REPLACED.get(word, "\0"), "")
    inner = line
    for number, part in reversed(list(enumerate(parts))):
        extra = companion if number == len(parts) - 1 else ""
        if part in ("HTTP_GET", "SSL_GET") and word != "url" and "url" not in parts:
            extra += "url {\npath /\n}\n"
        if part == "url" and word != "path":
            extra += "path /\n"
        if part == "MISC_CHECK" and word != "misc_path":
            extra += "misc_path /usr/bin/true\n"
        head = "real_server 192.0.2.12 80" if part == "real_server" else part
        inner = f"{head} {{\n{extra}{inner}\n}}"
    own = "" if parts else companion
    return f"{globals_block()}{TRACKED}virtual_server 198.51.100.9 80 {{\n{body}{own}{inner}\n{SERVER}}}\n"


def in_instance(lines: str) -> str:
    return f"{globals_block()}{TRACKED}vrrp_instance V1 {{\n{INSTANCE}{lines}\n}}\n"


def in_service(lines: str, header: str = "198.51.100.9 80", without: str = "\0") -> str:
    return f"{globals_block()}virtual_server {header} {{\n{SERVICE.replace(without, '')}{lines}\n{SERVER}}}\n"


def grammar_sample(grammar: str, where: str | None, text: str) -> str | None:
    """A configuration for a sample of an argument grammar; None when the catalogue's companions are
    unknown."""
    text = text.replace("\\n", "\n")
    static = globals_block() + TRACK_GROUP + TWO_INSTANCES
    server = "real_server 192.0.2.12 80"
    address = "vrrp_instance V1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n%s\n}\n}\n"
    group = f"virtual_server_group g {{\n{text}\n}}\nvirtual_server group g {{\n{SERVICE}{SERVER}}}\n"
    if grammar.startswith("TRACK-ENTRY"):
        return in_instance(f"track_{(where or grammar).split()[-1]} {{\n{text}\n}}")
    if grammar.startswith("virtual_server header"):
        return in_service("", text, "protocol TCP\n" if text.startswith("fwmark") else "\0")
    if grammar.startswith("advert_int"):
        if not text[0].isdigit():
            return None
        return in_instance(("version 3\n" if "v3" in grammar else "") + f"advert_int {text}")
    if grammar == "ADDRESS-LINE":
        if where:
            return globals_block() + TRACK_GROUP + address % text
        return f"{static}static_ipaddress {{\n{text}\n}}\n"
    return {
        "user_group": f"global_defs {{\nenable_script_security\nscript_user {text}\n}}\n",
        "ROUTE-LINE": f"{static}static_routes {{\n{text}\n}}\n",
        "RULE-LINE": f"{static}static_rules {{\n{text}\n}}\n",
        "PEER-ENTRY": in_instance(f"unicast_peer {{\n{text}\n}}"),
        "lvs_sync_daemon": globals_block(f"lvs_sync_daemon {text}\n") + TWO_INSTANCES,
        "VSG-ENTRY": globals_block() + group,
        "forwarding": in_service(f"lb_kind {text}", without="lb_kind NAT\n"),
        "persistence_granularity": in_service(f"persistence_granularity {text}"),
        "status_code": in_service(
            f"{server} {{\nHTTP_GET {{\nurl {{\npath /\nstatus_code {text}\n}}\n}}\n}}"
        ),
        "hex": in_service(f"{server} {{\nUDP_CHECK {{\n{text}\n}}\n}}"),
        "umask": globals_block(f"umask {text}\n"),
        "key value": in_instance(f"auth_hmac {{\nkey 1 {text}\nactive_key 1\n}}"),
        "scheduler": in_service(f"lb_algo {text}", without="lb_algo rr\n"),
        "scheduler flag": in_service(text, without="lb_algo rr\n"),
        "protocol": in_service(f"protocol {text}", without="protocol TCP\n"),
        "include_check": globals_block(f"include_check {text}\n"),
    }[grammar]
