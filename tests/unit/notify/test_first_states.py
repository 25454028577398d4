"""The order at a start: the sync group, then its members."""

from __future__ import annotations

from pykeepalived.ipc.messages import RouterState, RouterStateChanged, SubjectKind
from pykeepalived.notify.first_states import FirstStates

B, F, M = RouterState.BACKUP, RouterState.FAULT, RouterState.MASTER


def instance(name: str, state: RouterState = B) -> RouterStateChanged:
    return RouterStateChanged(name, SubjectKind.INSTANCE, state, 100, 0)


def group(state: RouterState = B) -> RouterStateChanged:
    return RouterStateChanged("G", SubjectKind.GROUP, state, 0, 0)


def test_members_wait_for_their_group() -> None:
    order = FirstStates({"a": "G", "b": "G"})
    assert [] == order.admit(instance("a"))
    assert [] == order.admit(instance("b"))
    assert order.waiting
    assert [group(), instance("a"), instance("b")] == order.admit(group())
    assert not order.waiting


def test_who_is_in_no_group_waits_for_nobody() -> None:
    order = FirstStates({"a": "G"})
    assert [instance("c")] == order.admit(instance("c"))


def test_later_changes_are_told_at_once() -> None:
    order = FirstStates({"a": "G"})
    order.admit(instance("a"))
    order.admit(group())
    assert [instance("a", M)] == order.admit(instance("a", M))
    assert [group(M)] == order.admit(group(M))
    assert [instance("a", F)] == order.admit(instance("a", F))


def test_a_second_change_lets_the_first_go_before_it() -> None:
    order = FirstStates({"a": "G", "b": "G"})
    order.admit(instance("b"))
    order.admit(instance("a"))
    assert [instance("b"), instance("a"), instance("a", F)] == order.admit(instance("a", F))


def test_a_group_that_waits_longer_holds_nobody_for_ever() -> None:
    order = FirstStates({"a": "G", "b": "G"})
    order.admit(instance("a"))
    assert [instance("a")] == order.release()
    assert [] == order.release()


def test_after_a_restart_of_the_notifier_nothing_is_first() -> None:
    order = FirstStates({"a": "G"})
    order.known(SubjectKind.GROUP, "G")
    assert [instance("a")] == order.admit(instance("a"))


def test_a_master_is_told_at_once() -> None:
    order = FirstStates({"a": "G"})
    assert [instance("a", M)] == order.admit(instance("a", M))
