"""Find the one public class that each module of a package contributes.  The folder is the list."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import TypeVar

from pykeepalived.base.errors import PykeepalivedError

T = TypeVar("T")


class DiscoveryError(PykeepalivedError):
    """A module of a feature folder does not hold exactly one public class of the wanted kind."""


def discover(
    package: ModuleType, base: type[T], *, skip: frozenset[str] = frozenset()
) -> tuple[type[T], ...]:
    """The concrete subclass of ``base`` that each module below ``package`` defines, in module order.

    Sub-packages are searched too.  Modules whose last name part starts with an underscore or is in ``skip``
    are helpers and are passed over.  Raises :class:`DiscoveryError` for a module with none or several.
    """
    found: list[type[T]] = []
    for info in sorted(pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda i: i.name):
        last = info.name.rpartition(".")[2]
        if info.ispkg or last.startswith("_") or last in skip:
            continue
        module = importlib.import_module(info.name)
        classes = [
            value
            for value in vars(module).values()
            if inspect.isclass(value)
            and issubclass(value, base)
            and value.__module__ == module.__name__
            and not inspect.isabstract(value)
            and not value.__name__.startswith("_")
        ]
        if len(classes) != 1:
            names = ", ".join(sorted(cls.__name__ for cls in classes)) or "none"
            raise DiscoveryError(f"{module.__name__} must define exactly one {base.__name__}, found: {names}")
        found.append(classes[0])
    return tuple(found)
