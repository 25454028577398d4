"""What a configuration check may ask about the machine.

The answers come through this protocol so that checking stays pure; ``pykeepalived.cli.host`` is the real one.
Without a host every question counts as answered well.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pykeepalived.config.values import Account, IPAddress, Script


class ScriptState(enum.Enum):
    """What is the matter with a script."""

    GOOD = "good"
    MISSING = "is not found/accessible"
    NOT_EXECUTABLE = "cannot be executed by its account"
    INSECURE = "can be changed by someone other than root"
    CLOSED = "is in a folder that its account may not enter"
    FOREIGN = "is to run as an account that this process may not become"


@dataclass(frozen=True, slots=True)
class InterfaceFacts:
    """An interface as far as checks care."""

    index: int
    loopback: bool = False
    mtu: int = 1500
    driver: str | None = None
    """What kind of device it is (``macvlan``, ``vrf``, ``veth`` …); None when the kernel does not say."""


@dataclass(frozen=True, slots=True)
class HostAddress:
    """An address that the machine has now."""

    interface: str
    address: IPAddress
    prefix_length: int


class Host(Protocol):
    """Questions about the machine."""

    def interface(self, name: str) -> InterfaceFacts | None: ...

    def real_name(self, name: str) -> str | None:
        """The interface of which ``name`` is an alternative name (``ip link property``).

        keepalived does not look for these.
        """
        ...

    def user_exists(self, name: str) -> bool: ...

    def group_exists(self, name: str) -> bool: ...

    def script(self, script: Script, account: Account | None, *, secure: bool) -> ScriptState:
        """Whether ``account`` could run it, and with ``secure`` whether it is safe from change by others."""
        ...

    def script_flaws(self, script: Script, account: Account | None) -> str:
        """Which elements of the path of an INSECURE or CLOSED script are at fault, their owners and modes;
        may be empty.
        """
        ...

    def resolves(self, name: str) -> bool:
        """Whether a host name has an address."""
        ...

    def directory_exists(self, path: str) -> bool: ...

    def exists(self, path: str) -> bool: ...

    def processors(self) -> int: ...

    def addresses(self) -> tuple[HostAddress, ...]:
        """Every address of every interface."""
        ...

    def sysctl(self, name: str) -> str | None:
        """The value of a kernel setting (``net.ipv4.ip_forward``); None when there is no such setting."""
        ...

    def has_ipvs(self) -> bool:
        """Whether the kernel has IPVS, or could load it."""
        ...

    def routing_names(self, file: str, folder: str | None) -> Mapping[str, int]:
        """The names that iproute2's ``file`` (``rt_tables`` …) gives; ``folder`` is looked into first."""
        ...

    def content(self, path: str, limit: int) -> bytes | None:
        """A file of at most ``limit`` bytes; None when it cannot be read or is longer."""
        ...

    def mode(self, path: str) -> int | None:
        """The permission bits of a file; None when there is no such file."""
        ...
