"""Asking a running daemon: finding its control socket, one request, one answer, or why there is none."""

from __future__ import annotations

import argparse
import json
import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.daemon.control_socket import path_beside, short_address, who_is_at_the_other_end
from pykeepalived.daemon.pidfile import RUN_DIRECTORY

DEFAULT_PID_FILE = RUN_DIRECTORY / "keepalived.pid"
PATIENCE_S = 6.0
MOST_ANSWER_BYTES = 256 * 1024 * 1024


class NoAnswerError(PykeepalivedError):
    """No daemon answers, or it refuses; the message says what was tried and what to do."""


class NotRunningError(NoAnswerError):
    """There is no daemon to ask."""


def add_pid_option(parser: argparse.ArgumentParser) -> None:
    """``-p``, by which the daemon is found."""
    parser.add_argument(
        "-p",
        "--pid",
        metavar="FILE",
        help=f"pid file of the daemon to ask (default: the one that runs here, {DEFAULT_PID_FILE} first)",
    )


def ask(
    pid_file: str | None,
    command: str,
    arguments: dict[str, object] | None = None,
    patience_s: float = PATIENCE_S,
) -> dict[str, Any]:
    """The answer of the daemon with this pid file, by default of the one that runs on this host.

    NoAnswerError when none comes or the daemon refuses.
    """
    return ask_with_pid(pid_file, command, arguments, patience_s)[0]


def ask_with_pid(
    pid_file: str | None,
    command: str,
    arguments: dict[str, object] | None = None,
    patience_s: float = PATIENCE_S,
) -> tuple[dict[str, Any], int]:
    """As ``ask``, and the process that answered, as the kernel knows it."""
    path = path_beside(Path(pid_file)) if pid_file is not None else _only_socket()
    answer, pid = _exchange(path, {"command": command, **(arguments or {})}, patience_s)
    if "answer" in answer:
        return answer["answer"], pid
    raise NoAnswerError(str(answer.get("error", f"{path}: an answer of another kind")))


def _only_socket() -> Path:
    """The default daemon's socket; else that of the only daemon in keepalived's other places."""
    usual = path_beside(DEFAULT_PID_FILE)
    if usual.is_socket():
        return usual
    others = _sockets_below(RUN_DIRECTORY / "keepalived")
    if len(others) == 1:
        return others[0]
    if others:
        names = "".join(f"\n  -p {path.with_suffix('')}" for path in others)
        raise NoAnswerError(f"several daemons run here; say which one to ask:{names}")
    return usual


def _sockets_below(folder: Path) -> list[Path]:
    """Sockets of daemons with an instance name or a network namespace, which somebody listens at."""
    found: Iterable[Path] = (*folder.glob("keepalived*.pid.sock"), *folder.glob("*/keepalived*.pid.sock"))
    return sorted(path for path in found if path.is_socket() and _listens(path))


def _listens(path: Path) -> bool:
    """Whether the socket is none that a killed daemon left."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        try:
            with short_address(path) as address:
                connection.connect(address)
        except ConnectionRefusedError:
            return False
        except OSError:
            pass  # it will be said when it is asked
    return True


def _exchange(path: Path, request: dict[str, object], patience_s: float) -> tuple[dict[str, Any], int]:
    pid_file = path.with_suffix("")
    ends_at = time.monotonic() + patience_s
    data = bytearray()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.settimeout(patience_s)
            with short_address(path) as address:
                connection.connect(address)
            pid, user = who_is_at_the_other_end(connection)
            if user not in (0, os.geteuid()):
                raise NoAnswerError(
                    f"{path}: whoever listens there is neither root nor you; nothing was asked"
                )
            connection.sendall(json.dumps(request).encode("ascii") + b"\n")
            while part := connection.recv(1 << 18):
                data += part
                if len(data) > MOST_ANSWER_BYTES:
                    raise NoAnswerError(f"{path}: the answer does not end")
                connection.settimeout(max(0.001, ends_at - time.monotonic()))
        except (FileNotFoundError, NotADirectoryError) as problem:
            raise NotRunningError(_not_running(path, pid_file)) from problem
        except ConnectionRefusedError as problem:
            raise NotRunningError(
                f"no daemon runs with pid file {pid_file}: {path} is what one that was killed left behind"
            ) from problem
        except PermissionError as problem:
            raise NoAnswerError(f"{path}: only root may ask the daemon; try it with sudo") from problem
        except TimeoutError as problem:
            raise NoAnswerError(
                f"{path}: the daemon has not answered within {patience_s:g} s; it is stopped or very busy"
            ) from problem
        except (ConnectionError, BlockingIOError) as problem:
            raise NoAnswerError(f"{path}: the daemon ended, or serves too many others just now") from problem
    try:
        answer = json.loads(data)
    except ValueError as problem:
        raise NoAnswerError(
            f"{path}: the answer ends too early; the daemon ended, or serves too many others just now"
        ) from problem
    return (answer if isinstance(answer, dict) else {}), pid


def _not_running(path: Path, pid_file: Path) -> str:
    if (running := _pid_in(pid_file)) is not None:
        return (
            f"process {running} of pid file {pid_file} has no control socket {path}: it is a real "
            "keepalived, or its log says why it could not make one"
        )
    return f"no daemon runs with pid file {pid_file}; name another pid file with -p"


def _pid_in(pid_file: Path) -> int | None:
    """The number of a living process in a pid file."""
    try:
        pid = int(pid_file.read_text(encoding="ascii", errors="replace").strip())
        return pid if Path(f"/proc/{pid}").exists() else None
    except (OSError, ValueError):
        return None
