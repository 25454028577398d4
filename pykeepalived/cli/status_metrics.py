"""A status document as metrics in Prometheus' text format (version 0.0.4).  Pure.

That form, and not OpenMetrics, because node_exporter's textfile collector reads it; every scraper does.
Names and labels are promised: they change only with a line in the changelog.  ``vrrp_instance`` is so called
because Prometheus puts a label ``instance`` of its own on everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pykeepalived.cli.status_words import Part
from pykeepalived.ipc.messages import RouterState

STATES = (RouterState.INIT, RouterState.BACKUP, RouterState.MASTER, RouterState.FAULT)
"""What an instance that is configured can be in."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: ``kind`` is ``gauge`` or ``counter``; a sample is its labels and its value."""

    name: str
    kind: str
    help: str
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)


def metrics(document: Part) -> str:
    """Every metric of a daemon that answers."""
    return _text((_family("up", "gauge", "Whether the daemon answers.", [({}, 1)]), *_families(document)))


def unreachable() -> str:
    """The only metric of one that does not."""
    return _text([_family("up", "gauge", "Whether the daemon answers.", [({}, 0)])])


def _families(document: Part) -> Iterator[Family]:
    daemon = document["daemon"]
    yield _family("info", "gauge", "Version of the daemon.", [({"version": daemon["version"]}, 1)])
    yield _family(
        "start_time_seconds", "gauge", "When the daemon was started, in seconds of the epoch.",
        [({}, daemon["started"])],
    )  # fmt: skip
    if daemon["reload"] is not None:
        yield _family(
            "last_reload_timestamp_seconds", "gauge", "When a reload was tried last.",
            [({}, daemon["reload"]["at"])],
        )  # fmt: skip
        yield _family(
            "last_reload_successful", "gauge", "Whether the last reload was not refused.",
            [({}, float(not daemon["reload"]["refused"]))],
        )  # fmt: skip
    yield _family(
        "process_answers", "gauge", "Whether a process of the daemon answers.",
        [({"process": name}, float(name not in daemon["silent"])) for name in daemon["processes"]],
    )  # fmt: skip
    yield from _vrrp(document["instances"])
    yield from _services(document["services"])
    yield _family(
        "bfd_session_up", "gauge", "Whether a BFD session is up.",
        [
            ({"session": one["name"], "neighbor": one["neighbor"]}, float(one["up"]))
            for one in document["bfd"]
        ],
    )  # fmt: skip


def _vrrp(instances: Iterable[Part]) -> Iterator[Family]:
    instances = list(instances)

    def each(name: str, kind: str, words: str, value: Any) -> Family:
        samples = [({"vrrp_instance": one["name"]}, value(one)) for one in instances]
        return _family(f"vrrp_{name}", kind, words, [pair for pair in samples if pair[1] is not None])

    yield _family(
        "vrrp_info", "gauge", "Where an instance is configured.",
        [
            (
                {
                    "vrrp_instance": one["name"],
                    "interface": one["interface"],
                    "vrid": str(one["vrid"]),
                    "family": str(one["family"]),
                    "sync_group": one["sync_group"] or "",
                },
                1,
            )
            for one in instances
        ],
    )  # fmt: skip
    yield _family(
        "vrrp_state", "gauge", "1 for the state that an instance is in, 0 for the others.",
        [
            ({"vrrp_instance": one["name"], "state": state.value}, float(one["state"] == state.value))
            for one in instances
            for state in STATES
        ],
    )  # fmt: skip
    yield each("priority", "gauge", "Effective priority.", lambda one: one["priority"]["effective"])
    yield each("base_priority", "gauge", "Configured priority.", lambda one: one["priority"]["base"])
    yield each("master_priority", "gauge", "Priority of the Master that a Backup follows.",
               lambda one: one["master"] and one["master"]["priority"])  # fmt: skip
    yield each("last_transition_timestamp_seconds", "gauge",
               "When the state was entered, in seconds of the epoch.", lambda one: one["since"])  # fmt: skip
    yield each("addresses", "gauge", "Virtual addresses that are configured.",
               lambda one: len(one["addresses"]))  # fmt: skip
    yield each("addresses_in_kernel", "gauge", "Virtual addresses that the kernel has.", _in_kernel)
    yield each("faults", "gauge", "Reasons why an instance takes no part.", lambda one: len(one["faults"]))
    yield each("refused_packets_total", "counter", "Packets that were refused.",
               lambda one: sum(one["discards"].values()))  # fmt: skip
    yield each("addresses_put_back_total", "counter", "Addresses added again that somebody else had removed.",
               lambda one: one["addresses_put_back"])  # fmt: skip
    for name, words, key in (
        ("adverts_sent_total", "Adverts that were sent.", "advert_sent"),
        ("adverts_received_total", "Good adverts that were received.", "advert_rcvd"),
        ("became_master_total", "How often an instance became Master.", "become_master"),
        ("released_master_total", "How often an instance ceased to be Master.", "release_master"),
        ("priority_zero_sent_total", "Adverts with priority 0 that were sent.", "pri_zero_sent"),
        ("priority_zero_received_total", "Adverts with priority 0 that were received.", "pri_zero_rcvd"),
    ):
        yield each(name, "counter", words, lambda one, key=key: one["counters"][key])
    yield _family(
        "vrrp_refused_packets_by_reason_total", "counter",
        "Packets that were refused, by reason; a reason appears with its first packet.",
        [
            ({"vrrp_instance": one["name"], "reason": reason}, count)
            for one in instances
            for reason, count in one["discards"].items()
        ],
    )  # fmt: skip
    yield _family(
        "vrrp_tracker_points", "gauge", "What a tracked thing adds to the priority now.",
        [
            ({"vrrp_instance": one["name"], "kind": each["kind"], "name": each["name"]}, each["points"])
            for one in instances
            for each in one["priority"]["trackers"]
            if each["status"] is not None
        ],
    )  # fmt: skip


def _in_kernel(one: Part) -> int | None:
    known = [each.get("in_kernel") for each in one["addresses"]]
    return None if None in known else sum(known)


def _services(services: Iterable[Part]) -> Iterator[Family]:
    services = list(services)
    for name, words, key in (
        ("service_quorum_up", "Whether a virtual server has its quorum.", "quorum_up"),
        ("service_in_table", "Whether a virtual server belongs into the kernel now.", "in_table"),
        ("service_alive_weight", "Sum of the weights of the servers that are up.", "alive_weight"),
        ("service_quorum", "Sum of weights that is wanted.", "quorum"),
    ):
        yield _family(
            name, "gauge", words, [({"service": one["service"]}, float(one[key])) for one in services]
        )
    for name, words, key in (
        ("server_up", "Whether the checks of a real server succeed.", "up"),
        ("server_drained", "Whether an operator took a real server out of new connections.", "drained"),
        ("server_weight", "Weight that a real server has while it is up.", "weight"),
    ):
        samples = [
            ({"service": one["service"], "server": server["server"]}, float(server[key]))
            for one in services
            for server in one["servers"]
        ]
        yield _family(name, "gauge", words, samples)


def _family(name: str, kind: str, words: str, samples: list[tuple[dict[str, str], float]]) -> Family:
    return Family(f"pykeepalived_{name}", kind, words, samples)


def _text(families: Iterable[Family]) -> str:
    lines: list[str] = []
    for family in families:
        if family.samples:
            lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
            lines += [f"{family.name}{_labels(labels)} {value:.15g}" for labels, value in family.samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
