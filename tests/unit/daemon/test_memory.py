"""What is remembered of a child that died, and when it may start again."""

from __future__ import annotations

from pykeepalived.bfd.events import Standing
from pykeepalived.daemon.memory import Memory
from pykeepalived.ipc.messages import (
    BfdSessionMemo,
    Ready,
    Restored,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)


def state(name: str, value: RouterState, kind: SubjectKind = SubjectKind.INSTANCE) -> RouterStateChanged:
    return RouterStateChanged(name, kind, value, 100, 0)


def test_the_last_state_of_each_subject_is_remembered() -> None:
    memory = Memory()
    down = VerdictChanged("S", "R", False, "refused")
    for message in (
        state("A", RouterState.BACKUP),
        state("A", RouterState.MASTER),
        state("A", RouterState.BACKUP, SubjectKind.GROUP),
        VerdictChanged("S", "R", True),
        down,
        ServiceStateChanged("S", False),
        Ready(),
    ):
        memory.note(message)
    expected = Restored(
        7,
        (state("A", RouterState.MASTER), state("A", RouterState.BACKUP, SubjectKind.GROUP)),
        (down,),
        (ServiceStateChanged("S", False),),
    )
    assert expected == memory.restored(7)


def test_what_stopped_or_was_deleted_is_forgotten() -> None:
    memory = Memory()
    memory.note(state("A", RouterState.MASTER))
    memory.note(state("B", RouterState.MASTER))
    memory.note(state("A", RouterState.STOP))
    memory.note(state("B", RouterState.DELETED))
    assert Restored(0) == memory.restored(0)


def test_bfd_sessions_are_remembered_as_they_were_last() -> None:
    memory = Memory()
    memory.note(BfdSessionMemo("peer", Standing(7)))
    memory.note(BfdSessionMemo("peer", Standing(7, up=True, reported_up=True)))
    assert (BfdSessionMemo("peer", Standing(7, True, True)),) == memory.restored(0).bfd
