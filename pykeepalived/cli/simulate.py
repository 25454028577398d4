"""``pykeepalived simulate``: what would my site do? Real state machines on a made-up LAN, in virtual time."""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pykeepalived.base.errors import UsageError
from pykeepalived.cli.files import FileLoader
from pykeepalived.config.load import load
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.simulate import commands, picture, reports, singles
from pykeepalived.simulate.site import Site, derive
from pykeepalived.simulate.verdict import judge
from pykeepalived.simulate.world import World

_EXAMPLE = "  pykeepalived simulate A.conf B.conf --at 10s kill A --at 40s start A"
EXIT_GOOD, EXIT_DEFECTS, EXIT_USAGE = 0, 1, 2


def _parser() -> argparse.ArgumentParser:
    forms = "\n".join(f"  {form.words:34} {form.meaning}" for form in commands.FORMS.values())
    parser = argparse.ArgumentParser(
        prog="pykeepalived simulate",
        description="Run the state machines of these configurations against each other, without root and\n"
        "without a network, and see who owns which address when. The exit status is 0 when no defect\n"
        "was seen, 1 when one was (two owners, a gap longer than VRRP allows, a flap, adverts refused),\n"
        "2 for a command line or a file that cannot be used.",
        epilog=f"commands:\n{forms}\n\nexample:\n{_EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="+", metavar="[HOST=]FILE",
        help="a keepalived.conf per host; the host is called HOST (also what @HOST lines are compared with), "
        "or as the file, or A, B, C",
    )  # fmt: skip
    parser.add_argument(
        "--at", nargs="+", action="append", default=[], metavar=("TIME", "COMMAND"), help="do something then"
    )
    parser.add_argument(
        "--for", dest="length", metavar="TIME", help="how long (default: 30 s after the last command)"
    )
    parser.add_argument(
        "--loss", metavar="SHARE", default="0", help="part of all packets that is lost, e.g. 5%%"
    )
    parser.add_argument(
        "--delay", metavar="TIME", default="1ms", help="longest time of a packet (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="chance of loss and delay (default: %(default)s)")
    parser.add_argument(
        "--all-single-failures", action="store_true",
        help="break each thing alone, repair it, and tabulate outage and owner",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON; - is standard output")
    parser.add_argument("--svg", metavar="FILE", help="write a picture of the timeline; - is standard output")
    return parser


def run(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except UsageError as error:
        print(f"simulate: {error}", file=sys.stderr)
        return EXIT_USAGE


def _run(options: argparse.Namespace) -> int:
    site = derive(_plans(options.files))
    loss = commands.share(options.loss)
    delay_ns = commands.duration_ns(options.delay)

    def make() -> World:
        return World(site, random.Random(options.seed).random, delay_ns=delay_ns, loss=loss)

    if options.all_single_failures:
        if options.at or options.svg:
            raise UsageError("--all-single-failures breaks things by itself: leave out --at and --svg")
        return _all_failures(options, site, make)
    planned = [_planned(words) for words in options.at]
    world = make()
    for at, command in planned:
        world.at(at, command)
    longest = max(world.history.down_intervals.values(), default=0)
    last = max((at for at, _ in planned), default=0)
    end = commands.duration_ns(options.length) if options.length else last + max(30 * 10**9, 3 * longest)
    if end < last:
        raise UsageError(f"--for {options.length} ends before the last command, which is at {last / 1e9:g} s")
    history = world.run(end)
    verdict = judge(history)
    if "-" not in (options.json, options.svg):
        sys.stdout.write(reports.text(site, history, verdict))
    if options.json:
        _write(options.json, json.dumps(reports.as_json(site, history, verdict), indent=1) + "\n")
    if options.svg:
        _write(options.svg, picture.draw(history, verdict))
    return EXIT_GOOD if verdict.good else EXIT_DEFECTS


def _all_failures(options: argparse.Namespace, site: Site, make: Callable[[], World]) -> int:
    longest = max(make().history.down_intervals.values(), default=0)
    rest = singles.at_rest(make, longest)
    outcomes = singles.run_all(site, make, longest, rest)
    if options.json != "-":
        sys.stdout.write(reports.at_rest(rest) + reports.table(outcomes))
    if options.json:
        _write(options.json, json.dumps(reports.table_json(outcomes, rest), indent=1) + "\n")
    return EXIT_DEFECTS if rest or any(outcome.problems for outcome in outcomes) else EXIT_GOOD


def _planned(words: Sequence[str]) -> tuple[int, commands.Command]:
    return commands.duration_ns(words[0]), commands.parse(words[1:])


def _plans(files: Sequence[str]) -> dict[str, VrrpPlan]:
    """The plan of each file by the name of its host; what is wrong in a file is counted on standard error."""
    plans: dict[str, VrrpPlan] = {}
    for name, path in _names(files).items():
        if not Path(path).is_file():
            raise UsageError(f"{path} is not a file")
        loaded = load(path, FileLoader(), config_id=name, running=True)
        for error in loaded.errors[:3]:
            print(error, file=sys.stderr)
        if len(loaded.errors) > 3:
            print(f"{path}: {len(loaded.errors)} errors, see pykeepalived lint {path}", file=sys.stderr)
        plan = plan_vrrp(loaded.config)
        for note in plan.notes:
            print(f"{path}: {note}", file=sys.stderr)
        if not plan.routers:
            raise UsageError(f"{path} has no vrrp_instance that can run")
        plans[name] = plan
    return plans


def _names(files: Sequence[str]) -> dict[str, str]:
    """Host names: as given, as the files are called, or letters where two are called alike."""
    stems = [Path(entry.partition("=")[2] or entry).stem for entry in files]
    names: dict[str, str] = {}
    for number, entry in enumerate(files):
        given, separator, path = entry.partition("=")
        if not separator:
            path, given = entry, stems[number]
            if stems.count(given) > 1:
                given = string.ascii_uppercase[number] if number < 26 else f"H{number}"
        if given in names:
            raise UsageError(f"two hosts are called '{given}'")
        names[given] = path
    return names


def _write(path: str, text: str) -> None:
    if path == "-":
        sys.stdout.write(text)
    else:
        Path(path).write_text(text, encoding="utf-8")
        print(f"Written: {path}", file=sys.stderr)
