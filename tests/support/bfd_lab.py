"""BFD neighbours on a LAN of network namespaces: our daemon, Debian's keepalived and FRR's bfdd.

Every neighbour can say how often a session went up and down; nothing waits for a fixed time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.lab import netns
from tests.support.daemon_argv import daemon_argv, pid_file
from tests.support.vrrp_lab import eventually

KEEPALIVED = os.environ.get("KEEPALIVED") or shutil.which(
    "keepalived", path="/usr/sbin:/sbin:/usr/local/sbin"
)
"""Debian's; another build can be named in the environment."""
BFDD = "/usr/lib/frr/bfdd" if Path("/usr/lib/frr/bfdd").exists() else None
ROOT = Path(__file__).parents[2]
UP, DOWN = "Up", "Down"


class BfdLan:
    """Namespaces with ``eth0`` on one bridge: 198.51.100.N and 2001:db8:bfd::N, N counting from 1."""

    def __init__(self, name: str, members: Sequence[str]) -> None:
        self.members = list(members)
        self.hub = f"{name}-{os.getpid()}-hub"
        self.names = {member: f"{name}-{os.getpid()}-{member}" for member in members}

    def address(self, member: str, family: int = 4) -> str:
        number = self.members.index(member) + 1
        return f"198.51.100.{number}" if family == 4 else f"2001:db8:bfd::{number}"

    def __enter__(self) -> BfdLan:
        for namespace in (self.hub, *self.names.values()):
            subprocess.run(["ip", "netns", "add", namespace], check=True)
        netns.ip_batch(["link add br0 type bridge mcast_snooping 0", "link set br0 up"], self.hub)
        for member, namespace in self.names.items():
            netns.ip_batch(
                [
                    f"link add p-{member} type veth peer name eth0 netns {namespace}",
                    f"link set p-{member} master br0 up",
                ],
                self.hub,
            )
            netns.ip_batch(
                [
                    "link set lo up",
                    f"addr add {self.address(member)}/24 dev eth0",
                    f"addr add {self.address(member, 6)}/64 dev eth0 nodad",
                    "link set eth0 up",
                ],
                namespace,
            )
        return self

    def __exit__(self, *_: object) -> None:
        for namespace in (*self.names.values(), self.hub):
            subprocess.run(["ip", "netns", "del", namespace], check=False)

    def cable(self, member: str, *, plugged: bool) -> None:
        """Let the bridge forward for this member, or not; its own interface stays up."""
        # The port goes to disabled (0) or forwarding (3): no carrier is lost, only packets are.
        state = 3 if plugged else 0
        command = ["bridge", "-n", self.hub, "link", "set", "dev", f"p-{member}", "state", str(state)]
        subprocess.run(command, check=True)


@dataclass
class Neighbor:
    """A program in one namespace.  ``session`` names a session as the program's configuration does."""

    lan: BfdLan
    member: str
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def output(self) -> Path:
        return self.folder / f"{self.member}.log"

    def log(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def run(self, command: Sequence[str]) -> None:
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.lan.names[self.member], *command],
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env=os.environ | {"TMPDIR": str(self.folder)},
                start_new_session=True,
            )

    def state(self, session: str) -> str:
        raise NotImplementedError

    def falls(self, session: str) -> int:
        """How often the session was Up and left that state."""
        raise NotImplementedError

    def until(self, session: str, state: str, seconds: float = 15.0) -> None:
        what = f"{session} of {self.member} {state}"
        eventually(lambda: self.state(session) == state, lambda: f"{what}; log:\n{self.log()}", seconds)

    def kill(self) -> None:
        """Every process of it at once, without a farewell."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self, seconds: float = 15.0) -> int:
        """An orderly end; the exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(seconds)
        self.process = None
        return status


class LogReader(Neighbor):
    """States are read from the log of keepalived's kind."""

    def state(self, session: str) -> str:
        lines = [line for line in self.log().splitlines() if f"({session}) Entering " in line]
        return lines[-1].partition(" Entering ")[2].split()[0].capitalize() if lines else DOWN

    def falls(self, session: str) -> int:
        return self.log().count(f"({session}) Entering Down state")


class Ours(LogReader):
    """pykeepalived."""

    def start(self, configuration: str) -> None:
        self.configure(configuration)
        self.run(daemon_argv(self.config, "-G"))
        eventually(lambda: "Startup complete" in self.log(), self.log)

    @property
    def config(self) -> Path:
        return self.folder / self.member / "keepalived.conf"

    def configure(self, configuration: str) -> None:
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text(configuration)

    def pid_file(self, name: str) -> Path:
        return pid_file(self.config.parent, name)

    def pid(self, name: str) -> int:
        return int(self.pid_file(name).read_text())

    def falls(self, session: str) -> int:
        # With -D the way from Init back to Down is logged, too.
        return self.log().count(f"({session}) Expired after") + self.log().count(
            f"({session}) Entering Down state (Local diagnostic - Neighbor Signaled Session Down"
        )


class Keepalived(LogReader):
    """Debian's."""

    def start(self, configuration: str) -> None:
        config = self.folder / f"{self.member}.conf"
        # Its BFD process is not real-time by default, and a busy machine is not what is tested.
        config.write_text(f"global_defs {{\nbfd_rt_priority 10\n}}\n{configuration}")
        program = [KEEPALIVED or "", "-n", "-l", "-D", "-G", "-f", str(config)]
        for option, name in (("-p", "keepalived"), ("-r", "vrrp"), ("-c", "checkers"), ("-b", "bfd")):
            path = self.folder / f"{self.member}-{name}.pid"
            path.unlink(missing_ok=True)  # one that was killed leaves it, and does not start beside it
            program += [option, str(path)]
        self.run(program)


class Frr(Neighbor):
    """FRR's bfdd alone: with a local address it needs no zebra.  A session is named by its peer."""

    def start(self, peers: Sequence[str]) -> None:
        """``peers`` are configuration lines below ``bfd``."""
        place = self.folder / self.member
        place.mkdir()
        config = place / "bfdd.conf"
        config.write_text("\n".join(["bfd", *peers, "exit", ""]))
        for path in (place, config):
            shutil.chown(path, "frr", "frr")
        for parent in [self.folder, *self.folder.parents]:
            # pytest's folders belong to root alone; bfdd runs as frr.
            with contextlib.suppress(OSError):
                parent.chmod(parent.stat().st_mode | 0o011)
        command = ["chrt", "-r", "10", str(BFDD), "-f", str(config), "-i", str(place / "bfdd.pid")]
        command += ["--vty_socket", str(place), "-z", str(place / "zserv.api")]
        self.run([*command, "--bfdctl", str(place / "bfdd.sock"), "--log", "stdout"])

    def _show(self, what: str) -> str:
        socket = self.folder / self.member
        command = ["vtysh", "--vty_socket", str(socket), "-d", "bfdd", "-c", f"show bfd peers {what}"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _value(self, what: str, session: str, label: str) -> str:
        found = False
        for line in self._show(what).splitlines():
            if line.strip().startswith("peer "):
                found = line.split()[1] == session
            elif found and line.strip().startswith(label):
                return line.partition(": ")[2].strip()
        return ""

    def state(self, session: str) -> str:
        return UP if self._value("", session, "Status:") == "up" else DOWN

    def falls(self, session: str) -> int:
        return int(self._value("counters", session, "Session down events:") or 0)


@contextmanager
def neighbors(*all_of_them: Neighbor) -> Iterator[None]:
    """Kill what a test leaves running."""
    try:
        yield
    finally:
        for one in all_of_them:
            one.kill()
