"""``python without_calls.py NUMBER … -- PROGRAM …``: run a program for which system calls do not exist.

A filter of the kernel (seccomp(2), linux/filter.h) answers ENOSYS for these numbers, as an older kernel does.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Sequence

PIDFD_SEND_SIGNAL, PIDFD_OPEN = 424, 434
"""The same on every machine (include/uapi/asm-generic/unistd.h)."""
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def forget_calls(numbers: Sequence[int]) -> None:
    """From now on, for this process and all it starts.  Privileges of other files are lost with it."""
    code = [(_LOAD, 0, 0, 0)]
    for number in numbers:
        code += [(_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | errno.ENOSYS)]
    code.append((_RETURN, 0, 0, _ALLOW))
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value, pointer in (
        (_SET_NO_NEW_PRIVILEGES, 1, None),
        (_SET_SECCOMP, _FILTER, ctypes.byref(program)),
    ):
        if libc.prctl(option, value, pointer, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    at = sys.argv.index("--")
    forget_calls([int(number) for number in sys.argv[1:at]])
    os.execvp(sys.argv[at + 1], sys.argv[at + 1 :])
