"""Kernel parameters that the virtual servers need: told, or set and put back at the end."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.plan.lvs_sysctls import SysctlNeed

_HOLDER = "virtual servers: "
HINT = "set it with sysctl, or write '# pykeepalived: ipvs_sysctl needed' into global_defs"

log = get_logger()


class ServiceSysctls:
    """What is set stays set until the configuration does not want it any more, or the process ends."""

    def __init__(self, keeper: SysctlKeeper) -> None:
        self._keeper = keeper
        self._namespace: str | None = None
        self._told: set[SysctlNeed] = set()
        self._set: dict[str, str] = {}

    def configure(self, needs: Iterable[SysctlNeed], namespace: str | None) -> None:
        """At start and at reload; what was told before is not told again."""
        self._namespace = namespace
        with network_namespace(namespace):
            self._bring_about(tuple(needs))
            for problem in self._keeper.settle():
                log.warning(problem)

    def close(self) -> None:
        """Put everything back."""
        with network_namespace(self._namespace):
            for problem in self._keeper.close():
                log.warning(problem)
        self._set.clear()

    def _bring_about(self, needs: tuple[SysctlNeed, ...]) -> None:
        wanted = {need.name: need.value for need in needs if need.set and self._is_ours_to_set(need)}
        for name in [name for name, value in self._set.items() if wanted.get(name) != value]:
            del self._set[name]
            for problem in self._keeper.let_go(_HOLDER + name):
                log.warning(problem)
        for name, value in wanted.items():
            if name in self._set:
                continue
            if problems := self._keeper.hold(_HOLDER + name, {name: value}):
                log.error("; ".join(problems))
                continue
            self._set[name] = value
            log.info(f"{dotted(name)} = {value}")
        for need in needs:
            if need.set or need in self._told:
                continue
            found = self._keeper.read(need.name)
            if found is not None and not need.is_met_by(found):
                self._told.add(need)
                log.warning(f"{dotted(need.name)} is {found}: {need.why}; {HINT}")

    def _is_ours_to_set(self, need: SysctlNeed) -> bool:
        """One that does already, though it is not the same, stays as the administrator has it."""
        if need.name in self._set or not need.first_counts:
            return True
        found = self._keeper.read(need.name)
        return found is None or not need.is_met_by(found)


def dotted(name: str) -> str:
    """``net.ipv4.vs.conntrack``."""
    return name.replace("/", ".")
