"""This machine, as a starting or reloading daemon asks about it."""

from __future__ import annotations

from pykeepalived.cli.host import RealHost
from pykeepalived.config.host import InterfaceFacts


class DaemonHost(RealHost):
    """As for a test, except that an interface may come later.

    keepalived ends when an interface of an instance is missing (unless dynamic_interfaces is set), and with
    it every other instance.  Here the instance is in Fault until the interface is there, so its absence is no
    error of the file.  Nor would an answer be right when the daemon is to run in another namespace.
    """

    def interface(self, name: str) -> InterfaceFacts | None:
        return super().interface(name) or InterfaceFacts(index=0)
