"""What a child sees of the others."""

from __future__ import annotations

import asyncio
import signal
import socket

from pykeepalived.ipc.channels import Channel, Channels
from pykeepalived.ipc.framing import socket_pair
from pykeepalived.ipc.messages import Message, PeerGone, PeerRestarted, Process, Ready, Stop


def connect(partner: Process) -> tuple[Channel, Channel]:
    """The far end, and the child's end for a partner."""
    far, near = socket_pair()
    return Channel(Process.VRRP, far), Channel(partner, near)


async def until(condition: object) -> None:
    for _ in range(1000):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not happen")


def test_messages_reach_the_handler_with_their_sender() -> None:
    async def main() -> None:
        supervisor, near = connect(Process.SUPERVISOR)
        checker, near_checker = connect(Process.CHECKER)
        channels = Channels(near, {Process.CHECKER: near_checker})
        got: list[tuple[Process, Message]] = []
        channels.attach(asyncio.get_running_loop(), lambda sender, message: got.append((sender, message)))
        checker.send(Ready())
        await until(lambda: got)
        assert [(Process.CHECKER, Ready())] == got
        channels.detach()
        supervisor.close()

    asyncio.run(main())


def test_a_dead_supervisor_is_one_stop() -> None:
    async def main() -> None:
        supervisor, near = connect(Process.SUPERVISOR)
        channels = Channels(near)
        got: list[Message] = []
        channels.attach(asyncio.get_running_loop(), lambda _, message: got.append(message))
        supervisor.send(Ready())
        supervisor.close()
        await until(lambda: len(got) >= 2)
        await asyncio.sleep(0)
        assert [Ready(), Stop("the supervisor is gone")] == got

    asyncio.run(main())


def test_another_partner_that_died_is_no_reason_to_stop() -> None:
    async def main() -> None:
        _supervisor, near = connect(Process.SUPERVISOR)
        checker, near_checker = connect(Process.CHECKER)
        channels = Channels(near, {Process.CHECKER: near_checker})
        got: list[Message] = []
        channels.attach(asyncio.get_running_loop(), lambda _, message: got.append(message))
        checker.close()
        await until(lambda: near_checker.closed)
        assert [] == got
        channels.detach()

    asyncio.run(main())


def test_partners_come_and_go_as_the_supervisor_says() -> None:
    async def main() -> None:
        supervisor, near = connect(Process.SUPERVISOR)
        _checker, near_checker = connect(Process.CHECKER)
        channels = Channels(near, {Process.CHECKER: near_checker}, present=())
        assert channels.checker is None
        channels.attach(asyncio.get_running_loop(), lambda *_: None)
        supervisor.send(PeerRestarted(Process.CHECKER))
        await until(lambda: channels.checker is near_checker)
        supervisor.send(PeerGone(Process.CHECKER))
        await until(lambda: channels.checker is None)
        channels.detach()

    asyncio.run(main())


def test_announcements_go_to_supervisor_and_notifier() -> None:
    supervisor, near = connect(Process.SUPERVISOR)
    notifier, near_notifier = connect(Process.NOTIFIER)
    Channels(near, {Process.NOTIFIER: near_notifier}).announce(Ready())
    assert [[Ready()], [Ready()]] == [supervisor.receive(), notifier.receive()]


def test_a_loop_finishes_what_a_slow_partner_left() -> None:
    async def main() -> None:
        supervisor, near = connect(Process.SUPERVISOR)
        channels = Channels(near)
        channels.attach(asyncio.get_running_loop(), lambda *_: None)
        big = Stop("x" * 2_000_000)
        near.send(big)
        assert near.pending
        got: list[Message] = []

        def arrived() -> bool:
            got.extend(supervisor.receive())
            return bool(got)

        await until(arrived)
        assert [big] == got
        channels.detach()

    asyncio.run(main())


def test_draining_gives_up_in_time() -> None:
    _supervisor, near = connect(Process.SUPERVISOR)
    near.send(Stop("x" * 2_000_000))
    Channels(near).drain(0.01)
    assert near.pending


def overhearing(near: Channel, order: list[str]) -> tuple[Channels, socket.socket]:
    """A child that writes down what it is told, and where the supervisor's signals arrive."""
    numbers, signalled = socket.socketpair()
    numbers.setblocking(False)
    channels = Channels(near, overheard=numbers, obey_sigterm=False)
    channels.on_ending = lambda: order.append("in a hurry")
    channels.attach(asyncio.get_running_loop(), lambda _, message: order.append(type(message).__name__))
    return channels, signalled


def test_what_cannot_wait_for_the_end_comes_before_stop() -> None:
    async def main() -> None:
        order: list[str] = []
        supervisor, near = connect(Process.SUPERVISOR)
        channels, signalled = overhearing(near, order)
        signalled.send(bytes([signal.SIGTERM]))
        await until(lambda: len(order) >= 2)
        signalled.send(bytes([signal.SIGTERM]))
        await asyncio.sleep(0.01)
        channels.detach()
        supervisor.close()
        assert ["in a hurry", "Stop"] == order

    asyncio.run(main())


def test_a_signal_that_does_not_end_is_left_alone_and_one_after_it_is_heard() -> None:
    async def main() -> None:
        order: list[str] = []
        supervisor, near = connect(Process.SUPERVISOR)
        channels, signalled = overhearing(near, order)
        signalled.send(bytes([signal.SIGHUP]))
        await asyncio.sleep(0.01)
        assert [] == order
        signalled.send(bytes([signal.SIGINT]))
        await until(lambda: order)
        channels.detach()
        supervisor.close()
        assert ["in a hurry", "Stop"] == order

    asyncio.run(main())
