"""``global_defs``: names, priorities, memory and buffers of the processes."""

from __future__ import annotations

from pykeepalived.config.kinds.numbers import Bool, Int, OptionalInt, Uint
from pykeepalived.config.kinds.process import BufferPolicy, CpuSet, Umask
from pykeepalived.config.kinds.text import Text
from pykeepalived.config.schema import Alias, Bound, Repeat, block, flag, keyword


@block("global_defs", abstract=True)
class ProcessSettings(Bound):
    """Names, priorities, memory and buffers of the processes."""

    process_names: bool = flag(
        "process_names",
        doc="Rename children to keepalived_vrrp, keepalived_lvs and keepalived_bfd",
    )
    process_name: str | None = keyword(
        "process_name",
        Text(max_length=15, cut=True),
        default_text="program name",
        doc="Name of the parent process; longer is cut with an error",
    )
    vrrp_process_name: str | None = keyword(
        "vrrp_process_name",
        Text(max_length=15, cut=True),
        default_text="program name",
        doc="Name of the VRRP process",
    )
    checker_process_name: str | None = keyword(
        "checker_process_name",
        Text(max_length=15, cut=True),
        default_text="program name",
        aliases=(Alias("lvs_process_name", deprecated="checker_process_name"),),
        doc="Name of the checker process",
    )
    bfd_process_name: str | None = keyword(
        "bfd_process_name",
        Text(max_length=15, cut=True),
        default_text="program name",
        doc="Name of the BFD process",
    )
    max_auto_priority: int | None = keyword(
        "max_auto_priority",
        OptionalInt(-1, 99, bare=99),
        default_text="0 (no argument: 99)",
        doc="Ceiling for automatic realtime priority; -1 = off without the start-up hint",
    )
    min_auto_priority_delay: int = keyword(
        "min_auto_priority_delay",
        Uint(1, 10000000, missing=5),
        default=1000000,
        doc="Microseconds of lateness that trigger a raise",
    )
    vrrp_priority: int = keyword(
        "vrrp_priority",
        Int(-20, 19, missing=5, fallback=0),
        default=0,
        doc="Nice value of the VRRP process",
    )
    vrrp_no_swap: bool = flag(
        "vrrp_no_swap",
        doc="Lock the process in memory",
    )
    vrrp_rt_priority: int | None = keyword(
        "vrrp_rt_priority",
        Int(1, 99, missing=5, clamp=True),
        doc="Realtime priority; out of range is clamped with an error",
    )
    vrrp_cpu_affinity: tuple[int, ...] | None = keyword(
        "vrrp_cpu_affinity",
        CpuSet(),
        default_text="all",
        doc="CPUs the process may use",
    )
    vrrp_rlimit_rttime: int = keyword(
        "vrrp_rlimit_rttime",
        Uint(1, 4294967295),
        default=10000,
        aliases=(Alias("vrrp_rlimit_rtime", deprecated="vrrp_rlimit_rttime"),),
        doc="CPU microseconds allowed without blocking; 1 becomes 2",
    )
    checker_priority: int = keyword(
        "checker_priority",
        Int(-20, 19, missing=5, fallback=0),
        default=0,
        doc="Nice value of the checker",
    )
    checker_no_swap: bool = flag(
        "checker_no_swap",
        doc="Lock the process in memory",
    )
    checker_rt_priority: int | None = keyword(
        "checker_rt_priority",
        Int(1, 99, missing=5, clamp=True),
        doc="Realtime priority; clamped with an error",
    )
    checker_cpu_affinity: tuple[int, ...] | None = keyword(
        "checker_cpu_affinity",
        CpuSet(),
        default_text="all",
        doc="CPUs the process may use",
    )
    checker_rlimit_rttime: int = keyword(
        "checker_rlimit_rttime",
        Uint(1, 4294967295),
        default=10000,
        aliases=(Alias("checker_rlimit_rtime", deprecated="checker_rlimit_rttime"),),
        doc="CPU microseconds allowed without blocking",
    )
    bfd_priority: int = keyword(
        "bfd_priority",
        Int(-20, 19, missing=5, fallback=0),
        default=0,
        doc="Nice value of the BFD process",
    )
    bfd_no_swap: bool = flag(
        "bfd_no_swap",
        doc="Lock the process in memory",
    )
    bfd_rt_priority: int | None = keyword(
        "bfd_rt_priority",
        Int(1, 99, missing=5, clamp=True),
        doc="Realtime priority; clamped with an error",
    )
    bfd_cpu_affinity: tuple[int, ...] | None = keyword(
        "bfd_cpu_affinity",
        CpuSet(),
        default_text="all",
        doc="CPUs the process may use",
    )
    bfd_rlimit_rttime: int = keyword(
        "bfd_rlimit_rttime",
        Uint(1, 4294967295),
        default=10000,
        aliases=(Alias("bfd_rlimit_rtime", deprecated="bfd_rlimit_rttime"),),
        doc="CPU microseconds allowed without blocking",
    )
    vrrp_netlink_cmd_rcv_bufs: int | None = keyword(
        "vrrp_netlink_cmd_rcv_bufs",
        Uint(0, 4294967295, missing=5, exact=True),
        default_text="kernel default",
        doc="Receive buffer bytes; 0 is ignored",
    )
    vrrp_netlink_cmd_rcv_bufs_force: bool = keyword(
        "vrrp_netlink_cmd_rcv_bufs_force",
        Bool(),
        default=False,
        doc="Exceed rmem_max",
    )
    vrrp_netlink_monitor_rcv_bufs: int | None = keyword(
        "vrrp_netlink_monitor_rcv_bufs",
        Uint(0, 4294967295, missing=5, exact=True),
        default_text="kernel default",
        doc="Receive buffer bytes",
    )
    vrrp_netlink_monitor_rcv_bufs_force: bool = keyword(
        "vrrp_netlink_monitor_rcv_bufs_force",
        Bool(),
        default=False,
        doc="Exceed rmem_max",
    )
    process_monitor_rcv_bufs: int | None = keyword(
        "process_monitor_rcv_bufs",
        Uint(0, 4294967295, missing=5, exact=True),
        default_text="kernel default",
        doc="Receive buffer bytes of the process connector",
    )
    process_monitor_rcv_bufs_force: bool = keyword(
        "process_monitor_rcv_bufs_force",
        Bool(),
        default=False,
        doc="Exceed rmem_max",
    )
    lvs_netlink_cmd_rcv_bufs: int | None = keyword(
        "lvs_netlink_cmd_rcv_bufs",
        Uint(0, 4294967295, missing=5, exact=True),
        default_text="kernel default",
        doc="Receive buffer bytes",
    )
    lvs_netlink_cmd_rcv_bufs_force: bool = keyword(
        "lvs_netlink_cmd_rcv_bufs_force",
        Bool(),
        default=False,
        doc="Exceed rmem_max",
    )
    lvs_netlink_monitor_rcv_bufs: int | None = keyword(
        "lvs_netlink_monitor_rcv_bufs",
        Uint(0, 4294967295, missing=5, exact=True),
        default_text="kernel default",
        doc="Receive buffer bytes",
    )
    lvs_netlink_monitor_rcv_bufs_force: bool = keyword(
        "lvs_netlink_monitor_rcv_bufs_force",
        Bool(),
        default=False,
        doc="Exceed rmem_max",
    )
    vrrp_rx_bufs_policy: tuple[str, ...] | None = keyword(
        "vrrp_rx_bufs_policy",
        BufferPolicy(),
        default_text="system default",
        repeat=Repeat.CUSTOM,
        doc=(
            "How to size receive buffers; words are case-blind; combining two kinds is an error; a number "
            "counts only as first word"
        ),
    )
    vrrp_rx_bufs_multiplier: int = keyword(
        "vrrp_rx_bufs_multiplier",
        Uint(1, 4294967295, missing=5, exact=True),
        default=3,
        doc="Factor for the policy",
    )
    umask: int | None = keyword(
        "umask",
        Umask(),
        default_text="IXUSR|IRWXG|IRWXO",
        doc="File creation mask; number by C base rules; bits joined by a bar",
    )
    random_seed: int | None = keyword(
        "random_seed",
        Uint(0, 4294967295, exact=True),
        default_text="time based",
        doc="Seed for ${_RANDOM} and start-up jitter",
    )
