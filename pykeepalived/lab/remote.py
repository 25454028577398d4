"""Real machines, reached through ssh, as a stage: an agent on each does what network namespaces do elsewhere.

The machines' clocks are compared all the time: whoever answers a question at time t was asked before t and
heard after it, so the quickest answer bounds the difference best. Observations are told in this machine's
time; :attr:`RemoteStage.doubt_ns` says how far that may be off.
"""

from __future__ import annotations

import collections
import itertools
import json
import os
import selectors
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pykeepalived.lab.director import Program, Reading
from pykeepalived.lab.disk import DiskState
from pykeepalived.lab.layout import Layout, Role
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.remote_site import RemoteSite
from pykeepalived.lab.stage import Hear, Seen, asking_argv, serving_argv
from pykeepalived.lab.timeline import (
    SECOND_NS,
    Advert,
    Announcement,
    Holding,
    State,
    StateChange,
)
from pykeepalived.lab.traffic import Asked

KINDS = {kind.__name__: kind for kind in (Advert, Announcement, Holding, StateChange)}
ANSWER_PATIENCE_S, BOOT_PATIENCE_S = 60.0, 900.0
CLOCK_EVERY_NS, CLOCKS_KEPT = SECOND_NS, 20
FIRST_CLOCKS = 8


@dataclass(slots=True)
class _Hand:
    """The agent of one machine."""

    name: str
    process: subprocess.Popen[bytes]
    rest: bytes = b""
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked_at: dict[int, int] = field(default_factory=dict)
    clocks: collections.deque[tuple[int, int]] = field(
        default_factory=lambda: collections.deque(maxlen=CLOCKS_KEPT)
    )
    """(round trip, its clock minus ours) of the last comparisons."""
    next_clock_at: int = 0
    cards: dict[str, str] = field(default_factory=dict)
    """Address -> card."""
    boot: str = ""
    daemon: bool = False

    def fileno(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    @property
    def round_trip_ns(self) -> int:
        return min(self.clocks)[0] if self.clocks else 0

    def ours(self, at: int) -> int:
        """Its time as ours."""
        return at - (min(self.clocks)[1] if self.clocks else 0)


class RemoteStage:
    """A :class:`~pykeepalived.lab.stage.Stage` of machines."""

    def __init__(self, site: RemoteSite, out: Path) -> None:
        self.layout: Layout = site.layout
        self._site = site
        self._out = out
        self._selector = selectors.DefaultSelector()
        self._hands: dict[str, _Hand] = {}
        self._ids = itertools.count(1)

    # ------------------------------------------------------------------ beginning and end

    @property
    def cannot(self) -> tuple[str, ...]:
        return ("disk",) if self._site.suspend and self._site.wake else ("disk", "suspend")

    def has_keepalived(self) -> bool:
        return True  # known when it is started, and then said

    def open(self, hear: Hear) -> None:
        self._hear = hear
        self._out.mkdir(parents=True, exist_ok=True)
        for machine in self.layout.machines:
            self._start_agent(machine.name)
        for machine in self.layout.machines:
            self._meet(machine.name, ANSWER_PATIENCE_S)
        self.layout = self._with_card_names()
        for name in self.layout.servers:
            self.start_server(name)

    def close(self) -> None:
        for name, hand in self._hands.items():
            if name in self.layout.directors and hand.process.poll() is None:
                try:
                    text = self._ask(name, "log", {}, 20.0)["text"]
                    (self._out / f"{name}.log").write_text(str(text))
                except LabError:
                    continue  # it is off: its log is on its disk
        for hand in self._hands.values():
            assert hand.process.stdin is not None
            hand.process.stdin.close()
        for hand in self._hands.values():
            try:
                hand.process.wait(20)
            except subprocess.TimeoutExpired:
                hand.process.kill()
                hand.process.wait()
        self._selector.close()

    @property
    def doubt_ns(self) -> int:
        """How far a time of another machine may be off: half of the slowest machine's quickest answer."""
        return max((hand.round_trip_ns for hand in self._hands.values()), default=0) // 2

    def _start_agent(self, name: str) -> None:
        argv = self._site.on(name, [self._site.python, "-m", "pykeepalived.lab.agent", name])
        with (self._out / f"{name}-ssh.log").open("ab") as log:
            process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=self._site.folder
            )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        hand = _Hand(name, process)
        self._hands[name] = hand
        self._selector.register(hand, selectors.EVENT_READ, hand)

    def _meet(self, name: str, patience_s: float) -> None:
        """Compare clocks with a new agent and let it observe. Raises LabError when it does not answer."""
        hello = self._ask(name, "hello", {}, patience_s)
        hand = self._hands[name]
        hand.cards, hand.boot = hello["cards"], hello["boot"]
        for _ in range(FIRST_CLOCKS):
            self._ask(name, "clock", {}, patience_s)
        if name in self.layout.directors:
            self._ask(name, "watch", {}, patience_s)

    def _with_card_names(self) -> Layout:
        machines = []
        for machine in self.layout.machines:
            cards = self._hands[machine.name].cards
            legs = tuple(
                replace(leg, interface=cards.get(leg.addresses[0], leg.interface)) for leg in machine.legs
            )
            machines.append(replace(machine, legs=legs))
        return replace(self.layout, machines=tuple(machines))

    # ------------------------------------------------------------------ talking

    def poll(self, patience_s: float) -> None:
        for key, _ in self._selector.select(patience_s):
            self._read(key.data)
        now = time.monotonic_ns()
        for name, hand in self._hands.items():
            if now >= hand.next_clock_at and hand.process.poll() is None:
                hand.next_clock_at = now + CLOCK_EVERY_NS
                self._send(name, "clock", {})

    def _send(self, name: str, what: str, words: dict[str, Any]) -> int:
        hand, number = self._hands[name], next(self._ids)
        line = json.dumps({"id": number, "do": what, "with": words}) + "\n"
        assert hand.process.stdin is not None
        hand.asked_at[number] = time.monotonic_ns()
        try:
            hand.process.stdin.write(line.encode())
            hand.process.stdin.flush()
        except OSError as error:
            raise LabError(f"{name} is gone: {error.strerror}") from error
        return number

    def _ask(
        self, name: str, what: str, words: dict[str, Any], patience_s: float = ANSWER_PATIENCE_S
    ) -> dict[str, Any]:
        """The agent's answer; others are listened to meanwhile. Raises LabError."""
        number = self._send(name, what, words)
        hand, deadline = self._hands[name], time.monotonic() + patience_s
        while number not in hand.answers:
            if hand.process.poll() is not None or time.monotonic() > deadline:
                said = (self._out / f"{name}-ssh.log").read_text(errors="replace").strip()[-600:]
                raise LabError(f"{name} does not answer ({what}): {said or 'it said nothing'}")
            for key, _ in self._selector.select(0.2):
                self._read(key.data)
        answer = hand.answers.pop(number)
        if "error" in answer:
            raise LabError(str(answer["error"]))
        return answer

    def _read(self, hand: _Hand) -> None:
        assert hand.process.stdout is not None
        data = hand.process.stdout.read()
        heard_at = time.monotonic_ns()
        if not data:
            if data == b"":
                self._selector.unregister(hand)
                hand.daemon = False
            return
        *lines, hand.rest = (hand.rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "id" in message:
                self._answered(hand, message, heard_at)
            elif "seen" in message:
                self._observed(hand, KINDS[message["seen"]], message["what"])
            elif "asked" in message:
                for text in str(message["asked"]).splitlines():
                    asked = Asked.from_line(text)
                    begun_at, ended_at = hand.ours(asked.begun_at), hand.ours(asked.ended_at)
                    self._hear(replace(asked, begun_at=begun_at, ended_at=ended_at))
            elif "ended" in message:
                hand.daemon = False

    def _answered(self, hand: _Hand, message: dict[str, Any], heard_at: int) -> None:
        number = int(message["id"])
        sent_at = hand.asked_at.pop(number, None)
        if sent_at is not None:
            hand.clocks.append((heard_at - sent_at, int(message["at"]) - (sent_at + heard_at) // 2))
        hand.answers[number] = message
        if len(hand.answers) > CLOCKS_KEPT:
            # Answers to the clock's questions, which nobody waits for.
            del hand.answers[min(hand.answers)]

    def _observed(self, hand: _Hand, kind: type[Seen], words: dict[str, Any]) -> None:
        words["at"] = hand.ours(int(words["at"]))
        if "state" in words:
            words["state"] = State(words["state"])
        self._hear(kind(**words))

    # ------------------------------------------------------------------ deeds

    def start_daemon(self, name: str, program: Program) -> None:
        words = {"program": str(program), "configuration": self._site.configuration_of(name)}
        self._ask(name, "daemon", words)
        self._hands[name].daemon = True

    def signal(self, name: str, number: int, *, everyone: bool = False) -> int:
        answer = self._ask(name, "signal", {"number": number, "everyone": everyone})
        return self._hands[name].ours(int(answer["done_at"]))

    def running(self, name: str) -> bool:
        return self._hands[name].daemon and self._hands[name].process.poll() is None

    def log_end(self, name: str) -> str:
        return str(self._ask(name, "log", {})["text"])[-1500:]

    def start_server(self, name: str) -> None:
        self._ask(name, "serve", {"words": serving_argv(self.layout, name)})

    def stop_server(self, name: str) -> None:
        self._ask(name, "stop_serving", {})

    def start_client(self, rate: float, timeout_s: float) -> None:
        clients = [machine.name for machine in self.layout.machines if machine.role is Role.CLIENT]
        if clients and self.layout.targets:
            self._ask(clients[0], "ask", {"words": asking_argv(self.layout, rate, timeout_s)})

    def power_off(self, name: str) -> int:
        if not self._site.power_on:
            raise LabError(f"the site file has no power_on: nobody could switch {name} on again")
        hand = self._hands[name]
        answer = self._ask(name, "power_off", {"cards": sorted(self._cards(name))})
        at = hand.ours(int(answer["done_at"]))
        hand.daemon = False
        return at

    def power_on(self, name: str) -> None:
        old = self._hands[name]
        old.process.kill()
        old.process.wait()
        if old in [key.fileobj for key in self._selector.get_map().values()]:
            self._selector.unregister(old)
        argv = [word.replace("{name}", name) for word in self._site.power_on]
        log = self._out / f"{name}-power.log"
        with log.open("ab") as output:
            started = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._site.folder
            )
        deadline = time.monotonic() + BOOT_PATIENCE_S
        while started.poll() is None:
            self.poll(0.2)
            if time.monotonic() > deadline:
                started.kill()
                raise LabError(f"{name} did not boot in {BOOT_PATIENCE_S:.0f} s, see {log}")
        if started.returncode:
            raise LabError(f"{' '.join(argv)}: {log.read_text(errors='replace')[-600:]}")
        self._start_agent(name)
        self._meet(name, ANSWER_PATIENCE_S)
        if self._hands[name].boot == old.boot:
            raise LabError(f"{name} was never off")
        if name in self.layout.servers:
            self.start_server(name)

    def set_link(self, name: str, interface: str | None, *, up: bool) -> None:
        own = self._cards(name)
        if interface is not None and interface not in own:
            raise LabError(f"{name} has no interface {interface}; it has: {', '.join(sorted(own))}")
        self._ask(name, "link", {"cards": [interface] if interface else sorted(own), "up": up})

    def _cards(self, name: str) -> set[str]:
        return {leg.interface for leg in self.layout.machine(name).legs}

    # ------------------------------------------------------------------ what ails a machine

    def suspend(self, name: str) -> int:
        at = time.monotonic_ns()
        self._call(name, self._site.suspend)
        return at

    def wake(self, name: str) -> int:
        at = time.monotonic_ns()
        self._call(name, self._site.wake)
        # Its clock may have stood still meanwhile.
        self._hands[name].clocks.clear()
        for _ in range(FIRST_CLOCKS):
            self._ask(name, "clock", {})
        return at

    def _call(self, name: str, command: tuple[str, ...]) -> None:
        argv = [word.replace("{name}", name) for word in command]
        done = subprocess.run(argv, cwd=self._site.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()[-600:]}")

    def set_disk(self, name: str, state: DiskState) -> None:
        raise LabError(f"{name}: only directors in namespaces have disks of their own")

    def set_log(self, name: str, reading: Reading) -> None:
        self._ask(name, "read_log", {"reading": str(reading)})

    def set_clock(self, seconds: float) -> None:
        for name in self.layout.directors:
            self._ask(name, "set_clock", {"seconds": seconds})

    def replace_configuration(self, name: str, path: Path) -> None:
        words = {"path": self._site.configuration_of(name), "text": path.read_text()}
        self._ask(name, "replace", words)

    def forbid(self, pairs: Iterable[tuple[str, str]]) -> None:
        refused: dict[str, list[str]] = {name: [] for name in self.layout.directors}
        for sender, receiver in pairs:
            for leg in self.layout.machine(sender).legs:
                refused[receiver] += [address.partition("/")[0] for address in leg.addresses]
        for name, addresses in refused.items():
            if self._hands[name].process.poll() is None:
                self._ask(name, "refuse", {"addresses": addresses})
