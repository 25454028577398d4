"""``pykeepalived demo``: watch a failover, from the files of conf.examples, in a minute or two."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.cli import lab_guest
from pykeepalived.cli.lab import program_of
from pykeepalived.lab import demo, examples, guest
from pykeepalived.lab.kernels import GuestKind
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.live import Live

EXIT_OK, EXIT_FAILED, EXIT_UNAVAILABLE = 0, 1, 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pykeepalived demo",
        description="Two directors, two real servers, one client, the files of conf.examples as they are: "
        "requests run, the Master is killed, the other takes over, the first comes back. "
        "Needs root and a kernel with IPVS; without them it boots a small guest by itself.",
    )
    parser.add_argument(
        "example", nargs="?", default="nat", choices=list(examples.EXAMPLES), metavar="EXAMPLE",
        help=", ".join(examples.EXAMPLES) + " (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--director", action="append", type=program_of, default=[], metavar="NAME=PROGRAM",
        help="the daemon of a director: a=keepalived runs the real one for comparison",
    )  # fmt: skip
    parser.add_argument(
        "--vm", choices=("auto", "host", *GuestKind), default="auto",
        help="where: on this host's kernel, or in a guest (default: this host if it can)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="picture, record and logs go here")
    parser.add_argument("--rate", type=float, metavar="N", help="requests a second (default: 50)")
    parser.add_argument("--phase", type=float, default=4.0, metavar="SECONDS", help="length of quiet parts")
    parser.add_argument("--no-return", action="store_true", help="leave the dead Master dead")
    return parser


def run(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    example = examples.find(options.example)
    out = (options.out or Path("build/demo") / example.name).resolve()
    try:
        unknown = {name for name, _ in options.director} - set(example.directors)
        if unknown:
            print(f"demo: no director {', '.join(unknown)} in example {example.name}", file=sys.stderr)
            return EXIT_UNAVAILABLE
        kind = _where(options.vm, example)
        if kind is None:
            return _play(options, example, out)
        words = (*argv, "--vm", "host", "--out", str(out))
        return lab_guest.run(kind, "pykeepalived.cli.demo", *words, out=out)
    except PykeepalivedError as error:
        print(f"demo: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        print("\ndemo: stopped", file=sys.stderr)
        return 130


def _where(wanted: str, example: Layout) -> GuestKind | None:
    """The guest to boot, or None to stay on this kernel."""
    if wanted == "auto":
        return lab_guest.kind_for(example)
    return None if wanted == "host" or guest.inside_guest() else GuestKind(wanted)


def _play(options: argparse.Namespace, example: Layout, out: Path) -> int:
    live = Live()
    label = example.targets[0].label.removesuffix(":80")
    daemons = dict(options.director)
    live.say(live.paint(f"Example {example.name}. {example.title}", "1"))
    live.say(f"Files: {examples.configuration_files(example.name)['a'].parent}")
    live.say(f"The client asks http://{label}/ {options.rate or 50:.0f} times a second.")
    live.say()
    settings = demo.DemoOptions(
        example=example.name,
        out=out,
        programs=daemons,
        rate=options.rate,
        phase_s=options.phase,
        comes_back=not options.no_return,
    )
    result = demo.run(settings, live)
    live.summary(result)
    live.say()
    live.say(f"Picture: {out / 'timeline.svg'}")
    live.say(f"Report:  {out / 'report.html'}")
    if not result.ok:
        live.say(f"Logs:    {out}/*.log")
    return EXIT_OK if result.ok else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
