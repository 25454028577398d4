"""``pykeepalived lab``: play failures on your own keepalived.conf files and see what comes of them."""

from __future__ import annotations

import argparse
import platform
import re
import string
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from pykeepalived.base.errors import PykeepalivedError, UsageError
from pykeepalived.cli import lab_guest
from pykeepalived.cli.files import FileLoader
from pykeepalived.config.load import Loaded, load
from pykeepalived.lab import disk, guest, remote_site, scenarios, session, standins
from pykeepalived.lab.derive import derive
from pykeepalived.lab.derive_lans import Source
from pykeepalived.lab.director import DaemonFiles, Program
from pykeepalived.lab.kernels import GuestKind
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.live import Live
from pykeepalived.lab.remote import RemoteStage
from pykeepalived.lab.scenario import unknown_names
from pykeepalived.lab.scenarios import Script
from pykeepalived.lab.stage import NamespaceStage

EXIT_HELD, EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 3
MOST_DIRECTORS = 4
WIDTH = 100
INCLUDE = re.compile(r"^[ \t]*include\w*[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
CONDITION = re.compile(r"^\s*@\^?(\w[\w.-]*)", re.MULTILINE)


def program_of(text: str) -> tuple[str, Program]:
    """``b=keepalived``."""
    name, separator, program = text.partition("=")
    if not separator or program not in list(Program):
        choices = " or ".join(Program)
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME={choices}, for example b=keepalived")
    return name, Program(program)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=VALUE, for example a=node1")
    return name, value


def _changed(text: str) -> tuple[str, Path]:
    """``a=new.conf``, or ``new.conf`` for every director."""
    name, separator, path = text.partition("=")
    file = Path(path if separator else text)
    if not file.is_file():
        raise argparse.ArgumentTypeError(f"{file}: no such file")
    return (name if separator else "", file.resolve())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pykeepalived lab",
        description="A made-up site around your own files: network namespaces for the directors, the real "
        "servers and a client. Something fails; you see who takes over, when, and what the client notices.",
        epilog="Exit status: 0 every expectation of the scenario held, 1 one did not, 2 the command line, a "
        "scenario or a file cannot be used, 3 the lab cannot be built here.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listing = commands.add_parser("scenarios", help="list the scenarios that come with pykeepalived")
    listing.add_argument("name", nargs="?", metavar="NAME", help="print this one")
    run_parser = commands.add_parser("run", help="play a scenario")
    run_parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="keepalived.conf of director a, of b, …"
    )
    run_parser.add_argument(
        "--config-id", action="append", type=_pair, default=[], metavar="NAME=ID",
        help="the configuration id (-i) of a director, for files with @ID conditions",
    )  # fmt: skip
    run_parser.add_argument(
        "--vm", choices=list(GuestKind),
        help="in a small guest of that kind (default: this kernel, where it can do what the files need)",
    )  # fmt: skip
    run_parser.add_argument(
        "--scripts", choices=("note", "run"), default="note",
        help="what becomes of the scripts that the files name: only note their calls, or run them "
        "(default: %(default)s)",
    )  # fmt: skip
    remote_parser = commands.add_parser(
        "remote", help="play a scenario on machines that exist, through ssh (see docs/vagrant.md)"
    )
    remote_parser.add_argument("site", type=Path, metavar="SITE.toml", help="what machines there are")
    remote_parser.add_argument(
        "--patience", type=float, default=1.0, metavar="N",
        help="wait and allow N times as long as usual, for slow machines",
    )  # fmt: skip
    for one in (run_parser, remote_parser):
        _common(one)
    run_parser.add_argument("--plan", action="store_true", help="only show the site that would be built")
    run_parser.add_argument("--on-this-kernel", action="store_true", help=argparse.SUPPRESS)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenario", default="failover", metavar="NAME|FILE",
        help="one of `lab scenarios`, or a file of your own (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--director", action="append", type=program_of, default=[], metavar="NAME=PROGRAM",
        help="the daemon of a director: b=keepalived runs the real one",
    )  # fmt: skip
    parser.add_argument(
        "--reload-with", action="append", type=_changed, default=[], metavar="[NAME=]FILE",
        help="the file that a director finds when the scenario lets it reload (without NAME=: all of them)",
    )  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="DIR", help="page, picture, figures, logs go here")
    parser.add_argument("--rate", type=float, metavar="N", help="requests a second (default: 50)")
    parser.add_argument(
        "--phase", type=float, default=4.0, metavar="SECONDS", help="how long `stay` stays (default: 4)"
    )


def run(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        if options.command == "scenarios":
            return _list(options.name)
        if options.command == "remote":
            return _remote(options)
        return _run(options, list(argv))
    except UsageError as error:
        print(f"lab: {error}", file=sys.stderr)
        return EXIT_USAGE
    except PykeepalivedError as error:
        print(f"lab: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        print("\nlab: stopped", file=sys.stderr)
        return 130


def _list(name: str | None) -> int:
    if name is not None:
        print(scenarios.find(name).text, end="")
        return EXIT_HELD
    for known in scenarios.names():
        scenario = scenarios.shipped(known).scenario
        print(f"{known:<10}  {scenario.title}")
        print(
            textwrap.fill(
                scenario.about,
                WIDTH,
                initial_indent=" " * 12,
                subsequent_indent=" " * 12,
                break_on_hyphens=False,
            )
        )
    print("\nPrint one:  pykeepalived lab scenarios NAME      Its language: docs/lab.md")
    return EXIT_HELD


def _run(options: argparse.Namespace, argv: list[str]) -> int:
    script = scenarios.find(options.scenario)
    files = dict(zip(string.ascii_lowercase[:MOST_DIRECTORS], options.files, strict=False))
    if len(options.files) > MOST_DIRECTORS:
        raise UsageError(f"at most {MOST_DIRECTORS} directors, found {len(options.files)} files")
    loaded = _load(files, dict(options.config_id), quiet=options.on_this_kernel)
    sources = [Source(name, one.config) for name, one in loaded.items()]
    layout = derive(sources, script.scenario.name, " and ".join(path.name for path in options.files))
    _check_directors([name for name, _ in (*options.director, *options.config_id)], layout)
    _check_changed(options, script, layout)
    if options.plan:
        _show(layout, Live())
        return EXIT_HELD
    lacking = session.unmet_by_site(script.scenario, layout)
    if lacking:
        others = [name for name in session.playable(layout) if name != script.scenario.name]
        instead = f"\n  These can be played with the files: {', '.join(others)}" if others else ""
        raise UsageError(f"scenario {script.scenario.name} needs {' and '.join(lacking)}{instead}")
    _check_names(script, layout)
    out = (options.report or Path("build/lab") / script.scenario.name).resolve()
    kind = _where(options, script, layout)
    if kind is not None:
        # The guest has a host name of its own; @NAME lines are for this one's.
        given = {name for name, _ in options.config_id}
        ids = [f"--config-id={name}={_host_id()}" for name in files if name not in given]
        words = ("lab", *argv, *ids, "--on-this-kernel", "--report", str(out))
        return lab_guest.run(kind, "pykeepalived", *words, out=out)
    return _play(options, script, files, loaded, layout, out)


def _remote(options: argparse.Namespace) -> int:
    script = scenarios.find(options.scenario)
    site = remote_site.read(options.site)
    _check_directors([name for name, _ in options.director], site.layout)
    _check_changed(options, script, site.layout)
    _check_names(script, site.layout)
    out = (options.report or Path("build/lab") / script.scenario.name).resolve()
    out.mkdir(parents=True, exist_ok=True)
    return _report(
        session.Session(
            scenario=script,
            stage=RemoteStage(site, out),
            out=out,
            programs=dict(options.director),
            rate=options.rate,
            phase_s=options.phase,
            patience=options.patience,
            changed=_changed_files(options, site.layout),
            where=f"machines of their own, reached with {site.ssh[0]}",
        ),
        Live(),
    )


def _host_id() -> str:
    """The configuration id of a daemon that is given none."""
    return platform.node().split(".")[0]


def _load(files: dict[str, Path], ids: dict[str, str], *, quiet: bool) -> dict[str, Loaded]:
    """The files, all of which must be usable as a start would use them. Raises UsageError.

    ``quiet``: what is wrong in them has been said before the guest was booted.
    """
    loaded: dict[str, Loaded] = {}
    for name, path in files.items():
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        identity = ids.get(name, _host_id())
        loaded[name] = one = load(str(path.resolve()), FileLoader(), config_id=identity, running=True)
        if name not in ids and (wanted := _config_ids(path)) and identity not in wanted:
            print(
                f"lab: {path}: has lines for {' and '.join(f'@{word}' for word in wanted)}, and director "
                f"{name} is {identity}; say which one it is, for example --config-id {name}={wanted[0]}",
                file=sys.stderr,
            )
        if one.config.net_namespace is not None:
            raise UsageError(
                f"{path}: net_namespace {one.config.net_namespace}: in the lab each director has a namespace "
                "of its own; take that line out of a copy"
            )
        if not one.config.vrrp_instances and not one.config.virtual_servers:
            said = "".join(f"\n  {error}" for error in one.errors[:5])
            said += "".join(
                f"\n  include {pattern}: only what it finds on this machine is read"
                for pattern in INCLUDE.findall(path.read_text(errors="replace"))
            )
            raise UsageError(f"{path}: has neither a vrrp_instance nor a virtual_server{said}")
        for error in one.errors if not quiet else ():
            print(f"lab: {error}", file=sys.stderr)
    return loaded


def _config_ids(path: Path) -> list[str]:
    """The words of conditions ``@word`` and ``@^word`` at the beginning of lines."""
    return list(dict.fromkeys(CONDITION.findall(path.read_text(errors="replace"))))


def _check_directors(named: list[str], layout: Layout) -> None:
    unknown = [name for name in named if name not in layout.directors]
    if unknown:
        known = ", ".join(layout.directors)
        raise UsageError(f"there is no director {', '.join(unknown)}; one per file: {known}")


def _check_changed(options: argparse.Namespace, script: Script, layout: Layout) -> None:
    """Files for a reload need a scenario that reloads; what is wrong in them is told."""
    if options.reload_with and not script.scenario.does("reload"):
        raise UsageError(f"--reload-with: scenario {script.scenario.name} lets no director reload")
    _check_directors([name for name, _ in options.reload_with if name], layout)
    for path in dict.fromkeys(path for _, path in options.reload_with):
        for error in load(str(path), FileLoader()).errors:
            print(f"lab: {error}", file=sys.stderr)


def _changed_files(options: argparse.Namespace, layout: Layout) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, path in options.reload_with:
        found |= dict.fromkeys([name] if name else layout.directors, path)
    return found


def _check_names(script: Script, layout: Layout) -> None:
    behind = {name for target in layout.targets for name, _ in target.shares}
    unknown = unknown_names(script.scenario, script.file, layout.directors, sorted(behind))
    if unknown:
        raise UsageError("\n".join(str(one) for one in unknown))


def _where(options: argparse.Namespace, script: Script, layout: Layout) -> GuestKind | None:
    """The guest to boot, or None to stay on this kernel."""
    if options.on_this_kernel or guest.inside_guest():
        return None
    if options.vm:
        return GuestKind(options.vm)
    refused = ""
    if script.scenario.does("clock"):
        refused = "the scenario sets the clock, and this machine's own is left alone"
    elif script.scenario.does("disk") and not disk.supported():
        refused = "the scenario needs ext4 on loop devices"
    return lab_guest.kind_for(layout, refused=refused)


def _play(
    options: argparse.Namespace,
    script: Script,
    files: dict[str, Path],
    loaded: dict[str, Loaded],
    layout: Layout,
    out: Path,
) -> int:
    live = Live()
    out.mkdir(parents=True, exist_ok=True)
    ids = dict(options.config_id)
    covered = {}
    if options.scripts == "note":
        covered = {name: standins.prepare(name, one.config, out) for name, one in loaded.items()}
    stage = NamespaceStage(
        layout,
        out,
        {name: DaemonFiles(path.resolve(), ids.get(name, "")) for name, path in files.items()},
        covered,
        own_disks=script.scenario.does("disk"),
    )
    live.say(live.paint(f"Scenario {script.scenario.name}: {script.scenario.title}", "1"))
    _show(layout, live)
    for name, one in covered.items():
        if one.covered:
            live.say(f"  {name}: calls are noted, not made: {', '.join(one.covered)}")
        if one.left:
            live.say(f"  {name}: run as they are, being interpreters: {', '.join(one.left)}")
        if one.absent:
            live.say(f"  {name}: not on this machine, so not called: {', '.join(one.absent)}")
    live.say()
    return _report(
        session.Session(
            scenario=script,
            stage=stage,
            out=out,
            programs=dict(options.director),
            rate=options.rate,
            phase_s=options.phase,
            changed=_changed_files(options, layout),
            files=tuple(str(path.resolve()) for path in files.values()),
        ),
        live,
    )


def _report(chosen: session.Session, live: Live) -> int:
    """Play it and tell what came of it; the exit status."""
    lacking = session.unmet(chosen.scenario.scenario, chosen.stage)
    if lacking:
        raise UsageError(f"scenario {chosen.scenario.scenario.name} needs {' and '.join(lacking)}")
    result = session.play(chosen, live)
    live.summary(result)
    out = chosen.out
    live.say()
    live.say(f"Report: {out / 'report.html'}")
    live.say(f"        {out / 'report.json'}, {out / 'timeline.svg'}, logs: {out}/*.log")
    return EXIT_HELD if result.ok else EXIT_FAILED


def _show(layout: Layout, live: Live) -> None:
    """The site, and what had to be chosen for it."""
    for machine in layout.machines:
        cards = "; ".join(
            f"{leg.interface} ({leg.segment}) {' '.join(leg.addresses) or 'no address'}"
            for leg in machine.legs
        )
        ports = ", ".join(f"{one.protocol} {one.port}" for one in machine.listens)
        live.say(f"  {machine.name:<8} {cards}{f'; answers on {ports}' if ports else ''}")
    asked = ", ".join(target.label for target in layout.targets)
    live.say(f"  The client asks {asked or 'nothing'}.")
    for note in layout.notes:
        live.say(live.paint(f"  note: {note}", "2"))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
