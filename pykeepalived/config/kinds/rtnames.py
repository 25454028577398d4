"""Names of the kernel's routing numbers, as a machine without its own /etc/iproute2 knows them.

Source: linux/rtnetlink.h.  A host may add names in files below /etc/iproute2; they are a question about the
host.
"""

from __future__ import annotations

SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
TABLES = {"unspec": 0, "default": 253, "main": 254, "local": 255}
PROTOCOLS = {
    "unspec": 0, "none": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "gated": 8, "ra": 9,
    "mrt": 10,
    "zebra": 11, "bird": 12, "dnrouted": 13, "xorp": 14, "ntk": 15, "dhcp": 16, "mrouted": 17,
    "keepalived": 18, "babel": 42, "ovn": 84, "openr": 99, "bgp": 186, "isis": 187, "ospf": 188, "rip": 189,
    "eigrp": 192,
}  # fmt: skip
ROUTE_TYPES = {
    "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6, "unreachable": 7,
    "prohibit": 8, "throw": 9, "nat": 10, "xresolve": 11,
}  # fmt: skip
DSFIELDS = {
    "default": 0x00, "CS1": 0x20, "CS2": 0x40, "CS3": 0x60, "CS4": 0x80, "CS5": 0xA0, "CS6": 0xC0,
    "CS7": 0xE0,
    "AF11": 0x28, "AF12": 0x30, "AF13": 0x38, "AF21": 0x48, "AF22": 0x50, "AF23": 0x58,
    "AF31": 0x68, "AF32": 0x70, "AF33": 0x78, "AF41": 0x88, "AF42": 0x90, "AF43": 0x98, "EF": 0xB8,
}  # fmt: skip
IP_PROTOCOLS = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "dccp": 33, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58,
    "ospf": 89, "vrrp": 112, "sctp": 132, "udplite": 136,
}  # fmt: skip
KEEPALIVED_PROTOCOL = 18

NAME_FILES = {
    "table": "rt_tables", "protocol": "rt_protos", "scope": "rt_scopes", "tos": "rt_dsfield",
    "tc": "rt_dsfield", "realms": "rt_realms", "suppress_ifgroup": "group",
}  # fmt: skip
"""Where a host may have more names for the values of an option (below /etc/iproute2)."""
