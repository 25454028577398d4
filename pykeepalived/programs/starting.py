"""Starting a program of the configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.programs.environment import clean_environment
from pykeepalived.programs.path import program_file

START_ERRORS = (OSError, subprocess.SubprocessError, ValueError)
"""What :func:`start` may raise."""


def start(
    argv: Sequence[str], user: ScriptUser, umask: int, *, by_symlink: bool = False, silent: bool = False
) -> subprocess.Popen[bytes]:
    """Start a program as ``user``; raises one of START_ERRORS.

    It gets a process group of its own, /dev/null as standard input, the cleaned environment, and with
    ``silent`` nobody hears what it says.  ``by_symlink``: see :func:`program_file`.

    Without root's rights it runs as ourselves.  As the user that we are anyway it starts several times
    faster: nothing has to be changed between fork and exec, so that Python uses vfork.
    """
    identity: dict[str, object] = {}
    if os.geteuid() == 0:
        own = {os.getegid(), *os.getgroups()}
        if (user.uid, user.gid, {user.gid, *user.groups}) != (0, os.getegid(), own):
            identity = {"user": user.uid, "group": user.gid, "extra_groups": list(user.groups)}
    output = subprocess.DEVNULL if silent else None
    process: subprocess.Popen[bytes] = subprocess.Popen(
        argv,
        executable=program_file(argv[0], by_symlink=by_symlink),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=clean_environment(os.environ),
        process_group=0,
        umask=umask,
        **identity,  # type: ignore[call-overload]
    )
    return process
