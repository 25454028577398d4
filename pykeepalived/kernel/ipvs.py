"""The kernel's IPVS table over our own generic netlink.

``Ipvs`` speaks to one network namespace (that of the thread that opened it).  Thousands of steps are encoded
first and sent in batches; a refusal comes back as a value that names the server it is about.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Sequence

from pykeepalived.base.errors import KernelFeatureMissingError, KernelRefusedError
from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import GenlSocket, GenlTransport
from pykeepalived.kernel.ipvs_connections import read_connections
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.kernel.ipvs_reading import DestinationReader
from pykeepalived.lvs.service import Destination, DestinationKey, ServiceKey, Table, VirtualService
from pykeepalived.plan.lvs_steps import (
    AddDestination,
    AddService,
    RemoveDestination,
    RemoveService,
    SetDestination,
    SetService,
    Step,
)
from pykeepalived.plan.ports import Connections, IpvsInfo, IpvsTimeouts, SyncDaemon, SyncRole

MODPROBE_TIMEOUT_S = 10

MISSING = (
    "this kernel has no IPVS (generic netlink family IPVS is absent): virtual servers cannot be set up;"
    " load the module with 'modprobe ip_vs' (in a container: on the host), or install a kernel that has it"
)


def open_ipvs() -> Ipvs:
    """The IPVS table of this network namespace; loads ``ip_vs`` when it is not there, once.

    Raises KernelFeatureMissingError with what to do when the kernel has no IPVS, KernelRefusedError when it
    refuses to talk.
    """
    try:
        return Ipvs(GenlSocket(messages.FAMILY, messages.VERSION))
    except KeyError:
        pass
    reason = _modprobe()
    try:
        return Ipvs(GenlSocket(messages.FAMILY, messages.VERSION))
    except KeyError:
        raise KernelFeatureMissingError(f"{MISSING} ({reason})" if reason else MISSING) from None


def _modprobe() -> str:
    """Try to load ip_vs; what modprobe said when it could not."""
    try:
        done = subprocess.run(
            ["modprobe", "ip_vs"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MODPROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"modprobe ip_vs: {error}"
    return done.stderr.strip().replace("\n", "; ") if done.returncode else ""


class Ipvs:
    """Implements :class:`pykeepalived.plan.ports.IpvsPort` over a generic netlink transport."""

    def __init__(self, transport: GenlTransport) -> None:
        self.transport = transport
        self._reader = DestinationReader()

    def close(self) -> None:
        """Give the socket back."""
        self.transport.close()

    # -------------------------------------------------------------- the table

    def read_table(self) -> Table:
        """Everything the kernel holds, but for services of protocols that we do not know (they are not ours).

        A service that vanishes while we read is left out.
        """
        table: Table = {}
        self._reader.begin()
        for message in self.transport.dump(Command.GET_SERVICE):
            service = messages.decode_service(message)
            if service is not None:
                table[service.key] = (service, {})
        for key in list(table):
            try:
                for message in self.transport.dump(Command.GET_DEST, messages.of_service(key)):
                    destination = self._reader.decode(message, key.family)
                    table[key][1][destination.key] = destination
            except KernelRefusedError as refused:
                if refused.errno != errno.ESRCH:
                    raise
                del table[key]
        return table

    def read_service(self, service: ServiceKey) -> VirtualService | None:
        """One service; None when the kernel does not have it."""
        try:
            message = self.transport.request(Command.GET_SERVICE, messages.of_service(service))
        except KernelRefusedError as refused:
            if refused.errno != errno.ESRCH:
                raise
            return None
        return messages.decode_service(message)

    def read_destinations(self, service: ServiceKey) -> dict[DestinationKey, Destination]:
        """The servers of one service; empty when the kernel does not have it."""
        try:
            found = [
                self._reader.decode(message, service.family)
                for message in self.transport.dump(Command.GET_DEST, messages.of_service(service))
            ]
        except KernelRefusedError as refused:
            if refused.errno != errno.ESRCH:
                raise
            return {}
        return {destination.key: destination for destination in found}

    def connections(self, service: ServiceKey) -> dict[DestinationKey, Connections]:
        """How many connections there are to each server of a service."""
        return read_connections(self.transport, service)

    def apply(self, steps: Sequence[Step]) -> tuple[KernelRefusedError, ...]:
        """Carry the steps out in order; what the kernel refused, each error naming its server.

        Someone else may have been faster: what exists already is set to the wanted values, what was to be
        changed but is gone is added, what was to be removed and is gone is fine.  When a service is refused,
        its destinations are not reported one by one.
        """
        refused = self.transport.execute([messages.encode(step) for step in steps])
        if not refused:
            return ()
        retries = {
            index: other
            for index, number in refused.items()
            if (other := _the_other_way(steps[index], number)) is not None
        }
        errors = {
            index: number
            for index, number in refused.items()
            if index not in retries and not _is_already_true(steps[index], number)
        }
        if retries:
            order = sorted(retries)
            again = self.transport.execute([messages.encode(retries[index]) for index in order])
            errors.update({order[position]: number for position, number in again.items()})
        lost = {step.key for index in errors if isinstance(step := steps[index], AddService | SetService)}
        return tuple(
            refusal(steps[index], errors[index])
            for index in sorted(errors)
            if isinstance(steps[index], AddService | SetService | RemoveService)
            or steps[index].key not in lost
        )

    def flush(self) -> None:
        """Remove every service of this network namespace."""
        self._command(Command.FLUSH, b"", "flush of the IPVS table")

    # -------------------------------------------------------------- settings of the whole namespace

    def timeouts(self) -> IpvsTimeouts:
        """The connection timeouts in force, in seconds."""
        return messages.decode_timeouts(self.transport.request(Command.GET_CONFIG))

    def set_timeouts(self, timeouts: IpvsTimeouts) -> None:
        """Change those that are not 0."""
        self._command(Command.SET_CONFIG, messages.timeouts(timeouts), "lvs_timeouts")

    def info(self) -> IpvsInfo:
        """Version of IPVS and size of its connection table."""
        return messages.decode_info(self.transport.request(Command.GET_INFO))

    # -------------------------------------------------------------- connection synchronisation

    def daemons(self) -> tuple[SyncDaemon, ...]:
        """The sync daemons that run, at most one of each role."""
        return tuple(messages.decode_daemon(message) for message in self.transport.dump(Command.GET_DAEMON))

    def start_daemon(self, daemon: SyncDaemon) -> None:
        """Start a sync daemon; if one runs in this role, that is no error."""
        what = f"sync daemon ({daemon.role.name.lower()}) on {daemon.interface}"
        self._command(Command.NEW_DAEMON, messages.daemon(daemon), what, errno.EEXIST)

    def stop_daemon(self, role: SyncRole) -> None:
        """Stop it; one that does not run is no error."""
        what = f"sync daemon ({role.name.lower()})"
        # A daemon stopped before its thread ever ran answers EINTR, which netlink swallows together with the
        # acknowledgement: a harmless question behind it gets the acknowledgement instead.
        self._command(
            Command.DEL_DAEMON, messages.daemon_role(role), what, errno.ESRCH, (Command.GET_INFO, b"")
        )

    def _command(
        self, command: Command, body: bytes, what: str, fine: int = 0, *after: tuple[int, bytes]
    ) -> None:
        number = self.transport.execute([(command, body), *after]).get(0, 0)
        if number and number != fine:
            raise KernelRefusedError(what, number, os.strerror(number))


# ------------------------------------------------------------------ meaning of refusals


def _the_other_way(step: Step, number: int) -> Step | None:
    """For an object that is there although it should be new, or the reverse: the step to try instead."""
    match step:
        case AddService(service) if number == errno.EEXIST:
            return SetService(service)
        case SetService(service) if number == errno.ESRCH:
            return AddService(service)
        case AddDestination(key, destination) if number == errno.EEXIST:
            return SetDestination(key, destination)
        case SetDestination(key, destination) if number == errno.ENOENT:
            return AddDestination(key, destination)
        case _:
            return None


def _is_already_true(step: Step, number: int) -> bool:
    """Whether what was to be removed is gone anyway."""
    match step:
        case RemoveService():
            return number == errno.ESRCH
        case RemoveDestination():
            return number in (errno.ENOENT, errno.ESRCH)
        case _:
            return False


def refusal(step: Step, number: int) -> KernelRefusedError:
    """The kernel's errno for ``step`` as an error for the person who must act."""
    reason = os.strerror(number)
    match step:
        case AddService(service) | SetService(service) if number == errno.ENOENT:
            reason = f"scheduler '{service.scheduler}'"
            if service.persistence_engine:
                reason += f" or persistence engine '{service.persistence_engine}'"
            reason += f" is not available; is the module ip_vs_{service.scheduler} there?"
        case AddService() | SetService() | RemoveService():
            pass
        case AddDestination(key, destination) | SetDestination(key, destination):
            version = 4 if key.family == 2 else 6
            if number == errno.EINVAL and destination.key.address.version != version:
                reason = (
                    "the kernel takes a server of the other address family only with TUN"
                    " and while no sync daemon runs"
                )
            elif number == errno.ESRCH:
                reason = "its virtual server is not in the kernel"
            elif number == errno.ERANGE:
                reason = "weight or thresholds are out of range (lower above upper?)"
        case RemoveDestination():
            pass
    return KernelRefusedError(str(step), number, reason)
