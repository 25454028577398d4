"""Whose fault it is, told by type.

A mistake of the user in a configuration file is never an exception: it is a
:class:`pykeepalived.base.diagnostic.Diagnostic`.
"""

from __future__ import annotations


class PykeepalivedError(Exception):
    """Base of every error that this project raises on purpose."""


class UsageError(PykeepalivedError):
    """The command line cannot be carried out as given."""


class KernelRefusedError(PykeepalivedError):
    """The kernel answered a request with an error.

    ``what`` names the object in the user's words (``virtual server [192.0.2.1]:tcp:80``), ``errno`` is
    the kernel's number.
    """

    def __init__(self, what: str, errno: int, strerror: str) -> None:
        super().__init__(f"{what}: {strerror} (errno {errno})")
        self.what = what
        self.errno = errno


class KernelFeatureMissingError(PykeepalivedError):
    """The running kernel lacks a feature; the message names the module that brings it."""
