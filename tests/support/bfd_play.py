"""Two BFD sessions on a simulated path, in virtual time."""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from pykeepalived.bfd.actions import Action, Log, ReportState, SendPacket
from pykeepalived.bfd.events import Event, PacketReceived, Standing, Startup, TimerFired
from pykeepalived.bfd.session import Session
from pykeepalived.bfd.settings import SessionSettings

MS = 1_000_000
SECOND = 1000 * MS


def settings(name: str = "A", **changes: object) -> SessionSettings:
    values: dict[str, object] = {"name": name, "neighbor": IPv4Address("192.0.2.2"), **changes}
    return SessionSettings(**values)  # type: ignore[arg-type]


def heard(packet: SendPacket, **changes: object) -> PacketReceived:
    """What the other side makes of a packet."""
    event = PacketReceived(
        packet.my_discriminator,
        int(packet.state),
        int(packet.diagnostic),
        packet.multiplier,
        packet.desired_min_tx_ns,
        packet.required_min_rx_ns,
        packet.poll,
        packet.final,
    )
    return event._replace(**changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class End:
    """One side: its session, what it sent, what it reported, and until when its machine stands still."""

    session: Session
    sent: list[tuple[int, SendPacket]] = field(default_factory=list)
    reported: list[tuple[int, bool]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    asleep_until: int = 0
    dead: bool = False


class Path:
    """Both ends and the way between them.

    ``loss`` is the part of packets that vanish, ``delay_ns`` what the others take.  ``cut`` stops everything.
    """

    def __init__(
        self,
        one: SessionSettings,
        other: SessionSettings,
        *,
        seed: int = 1,
        delay_ns: int = 100_000,
        loss: float = 0.0,
    ) -> None:
        self.chance = random.Random(seed)
        self.now = SECOND
        self.delay_ns = delay_ns
        self.loss = loss
        self.cut = False
        self.ends = [End(Session(s, 11 * n, self.chance.random)) for n, s in enumerate((one, other), 1)]
        self._flying: list[tuple[int, int, int, PacketReceived]] = []
        self._serial = itertools.count()

    def start(self, *which: int, resumed: Standing | None = None) -> None:
        for number in which or (0, 1):
            self.give(number, Startup(resumed))

    def replace(self, number: int, one: SessionSettings, resumed: Standing | None) -> None:
        """The process of this end died and another one takes up the session."""
        end = self.ends[number]
        end.session = Session(one, 0, self.chance.random)
        end.dead = False
        self.give(number, Startup(resumed))

    def give(self, number: int, event: Event) -> list[Action]:
        end = self.ends[number]
        actions = end.session.handle(event, self.now)
        for action in actions:
            match action:
                case SendPacket():
                    end.sent.append((self.now, action))
                    if not self.cut and self.chance.random() >= self.loss:
                        at = self.now + self.delay_ns
                        heapq.heappush(self._flying, (at, next(self._serial), 1 - number, heard(action)))
                case ReportState(up):
                    end.reported.append((self.now, up))
                case Log(_, text):
                    end.log.append(text)
                case _:
                    pass
        return actions

    def run(self, duration_ns: int) -> None:
        """Let time pass.  A machine that sleeps handles nothing; its packets queue and go first then."""
        end_at = self.now + duration_ns
        while True:
            due: list[tuple[int, int, int]] = []
            for number, end in enumerate(self.ends):
                deadline = end.session.deadline
                if deadline is not None and not end.dead:
                    due.append((max(deadline, end.asleep_until), 1, number))
            if self._flying:
                at, _, number, _ = self._flying[0]
                due.append((max(at, self.ends[number].asleep_until), 0, number))
            if not due or min(due)[0] > end_at:
                self.now = end_at
                return
            at, timer, number = min(due)
            self.now = max(self.now, at)
            if timer:
                self.give(number, TimerFired())
            else:
                _, _, number, packet = heapq.heappop(self._flying)
                if not self.ends[number].dead:
                    self.give(number, packet)

    @property
    def states(self) -> tuple[str, str]:
        one, other = (end.session.state.label for end in self.ends)
        return one, other
