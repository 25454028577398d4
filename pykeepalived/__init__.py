"""pykeepalived: a keepalived.conf-compatible VRRP and IPVS controller."""

__version__ = "0.1.0"
