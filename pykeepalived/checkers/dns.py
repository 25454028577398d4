"""DNS_CHECK: a query over UDP is answered without an error code."""

from __future__ import annotations

import random
import socket
import struct
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import connect, open_socket, wait_ready, wait_ready_again
from pykeepalived.health.settings import CheckKind, DnsTarget
from pykeepalived.health.verdict import ProbeNotRunError, Verdict

RECORD_TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "RRSIG": 46, "DNSKEY": 48,
}  # fmt: skip
"""RFC 1035 section 3.2.2 and later assignments."""
_RECURSION_DESIRED = 0x0100
_IS_RESPONSE = 0x8000
_CLASS_IN = 1
_HEADER = struct.Struct("!HHHHHH")
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


class DnsCheck(Check[DnsTarget]):
    """One query.  As in keepalived an answer without records is good, too; only the error code counts."""

    kind: ClassVar[CheckKind] = CheckKind.DNS
    log_name: ClassVar[str] = "DNS_CHECK"

    async def probe(self, target: DnsTarget, deadline_ns: int) -> Verdict:
        number = random.getrandbits(16)
        with open_socket(target.connection, socket.SOCK_DGRAM) as sock:
            try:
                await connect(sock, target.connection, deadline_ns)
                sock.send(query(number, target.name, target.record_type))
                await wait_ready(sock, deadline_ns)
                while (code := response_code(sock.recv(4096), number)) is None:
                    await wait_ready_again(sock, deadline_ns)
            except TimeoutError:
                return _failure("read timeout from socket", "no answer in time")
            except OSError as problem:
                # A port unreachable message comes as ECONNREFUSED.
                reason = problem.strerror or str(problem)
                return _failure(f"failed to read socket; errno {problem.errno} ({reason})", reason)
        if code:
            return _failure(
                f"read error occurred. (rcode = {code})", f"answered with {_RCODES.get(code, f'code {code}')}"
            )
        return Verdict(True)

    def up_line(self, target: DnsTarget, server: str, service: str) -> str:
        return f"DNS_CHECK ({server}) success."

    def down_line(self, verdict: Verdict, server: str, service: str, retries: int) -> str:
        after = f" after {retries} retries" if retries else ""
        return f"{self.failed_line(verdict, server, service)}{after}"


def query(number: int, name: str, record_type: str) -> bytes:
    """A question for the IN class with recursion desired."""
    labels = [label for label in name.rstrip(".").split(".") if label]
    question = b""
    for label in labels:
        data = label.encode("idna") if not label.isascii() else label.encode()
        if len(data) > 63:
            raise ProbeNotRunError(f"the label {label} is longer than 63 bytes")
        question += bytes([len(data)]) + data
    question += b"\0" + struct.pack("!HH", RECORD_TYPES[record_type], _CLASS_IN)
    return _HEADER.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0) + question


def response_code(answer: bytes, number: int) -> int | None:
    """The error code of the answer to question ``number``; None for a datagram that is something else."""
    if len(answer) < _HEADER.size:
        return None
    found, flags = struct.unpack_from("!HH", answer)
    if found != number or not flags & _IS_RESPONSE:
        return None
    return int(flags & 0xF)


def _failure(words: str, reason: str) -> Verdict:
    return Verdict(False, reason, line=f"DNS_CHECK ({{server}}) {words}")
