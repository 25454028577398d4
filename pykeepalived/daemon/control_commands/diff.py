"""The command ``diff``: what a reload, with this or another file, would change."""

from __future__ import annotations

import gc
from collections.abc import Mapping

from pykeepalived.daemon.configured import UnusableConfigurationError
from pykeepalived.daemon.control_command import Answers, Arguments, Command, RefusedError, Situation, only
from pykeepalived.daemon.preview_document import document, unusable
from pykeepalived.daemon.reload_preview import preview
from pykeepalived.ipc.messages import Message, Process, SubjectKind


def _ask(arguments: Arguments, _request_id: int, _situation: Situation) -> Mapping[Process, Message]:
    only(arguments, "file")
    if not isinstance(arguments.get("file", ""), str):
        raise RefusedError("'file' is no path")
    return {}


def _answer(arguments: Arguments, _answers: Answers, situation: Situation) -> Mapping[str, object]:
    if situation.configure is None:
        raise RefusedError("this daemon cannot read files now")
    file = str(arguments.get("file") or situation.config_file)
    try:
        new = situation.configure(file)
    except UnusableConfigurationError as problem:
        return unusable(str(problem), situation.config_file, file)
    states = {
        change.name: change.state
        for change in situation.memory.restored(0).states
        if change.kind is SubjectKind.INSTANCE
    }
    try:
        return document(preview(situation.configured, new, states), situation.config_file, file)
    finally:
        del new
        gc.collect()  # what runs is frozen and not looked through


COMMAND = Command(_ask, _answer)
