"""What a command of the control socket is.

To add one, put a file ``NAME.py`` into ``pykeepalived/daemon/control_commands`` that has ``COMMAND =
Command(...)``; nothing else has to be told of it (dashes of a command's name are underscores of its file's).

``ask`` reads the arguments and says which process is sent which message; the message carries the
``request_id`` given, and so does each message that comes back (see :mod:`pykeepalived.ipc.messages`: a new
one goes into ``Message``, and a process answers it to ``channels.supervisor``; an answer in portions has a
field ``last``).  ``answer`` makes the document from what came.  Either may raise RefusedError with a sentence
for the person who asked.  A client of ours asks with ``cli.asking.ask(pid_file, NAME, {...})``.

The supervisor runs both: they must be quick and never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.memory import Memory
from pykeepalived.daemon.reload_record import ReloadRecord
from pykeepalived.ipc.messages import Message, Process

Arguments = Mapping[str, object]
"""What the client sent besides the command's name; JSON values, checked by nobody yet."""


class RefusedError(PykeepalivedError):
    """The request cannot be fulfilled; the message says what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the supervisor knows when it is asked.  ``pids`` are the processes that run now.

    ``configure`` loads and plans a file as a reload would; it raises UnusableConfigurationError.
    """

    configured: Configured
    memory: Memory
    pids: Mapping[Process, int]
    pid_file: str
    started_realtime_ns: int
    config_file: str = ""
    configure: Callable[[str], Configured] | None = None
    last_reload: ReloadRecord = field(default_factory=ReloadRecord)


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back.  ``silent``: asked, but ended or did not answer in time."""

    messages: tuple[Message, ...] = ()
    silent: frozenset[Process] = frozenset()


@dataclass(frozen=True, slots=True)
class Command:
    """One command.  ``shared``: equal questions that are under way together may get one answer."""

    ask: Callable[[Arguments, int, Situation], Mapping[Process, Message]]
    answer: Callable[[Arguments, Answers, Situation], Mapping[str, object]]
    shared: bool = False


def word(arguments: Arguments, name: str) -> str:
    """An argument that has to be a word."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"argument '{name}' is missing" if value is None else f"'{name}' is no word")
    return value


def only(arguments: Arguments, *known: str) -> None:
    """Refuse arguments that the command does not have."""
    for name in arguments:
        if name not in known:
            raise RefusedError(f"unknown argument '{name}'; known are: {', '.join(known) or 'none'}")
