"""Whatever is sent to the control socket: one answer, of one line, and nothing else happens."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.control import Control, names
from pykeepalived.daemon.control_command import Situation
from pykeepalived.daemon.memory import Memory
from pykeepalived.ipc.messages import Message, Process

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_REQUESTS = st.dictionaries(
    st.sampled_from(["command", "instance", "server", "service", "force", "slow_start", "file"])
    | st.text(max_size=8),
    _VALUES,
    max_size=4,
)


def asked(line: bytes) -> tuple[list[bytes], list[Message]]:
    """Replies to a line, and messages that a process got."""
    replies: list[bytes] = []
    messages: list[Message] = []
    control = Control(
        situation=lambda: Situation(Configured({}), Memory(), {Process.VRRP: 1}, "x.pid", 0),
        ask=lambda _, message: messages.append(message),
        next_id=lambda: 1,
        reply=lambda _, data: replies.append(data),
        clock=lambda: 0,
    )
    client: Any = object()
    control.request(client, line)
    control.gone(Process.VRRP)
    return replies, messages


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_noise_is_refused_in_a_sentence(line: bytes) -> None:
    replies, messages = asked(line)

    assert [] == messages
    (reply,) = replies
    assert reply.endswith(b"\n")
    assert 1 == reply.count(b"\n")
    assert ["error"] == list(json.loads(reply))


@given(_REQUESTS, st.sampled_from([*names(), "nonsense", ""]))
def test_any_request_gets_one_answer(request: dict[str, Any], name: str) -> None:
    (reply,), _ = asked(json.dumps(request | {"command": name}).encode())

    answer = json.loads(reply)
    assert len(answer) == 1
    assert "bug" not in answer.get("error", "")
