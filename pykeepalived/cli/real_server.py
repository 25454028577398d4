"""``pykeepalived real-server``: what a machine behind the directors needs, printed or made."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from pykeepalived.kernel import real_server
from pykeepalived.kernel.real_server import Address, Mode, RealServerError

EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2


def _address(text: str) -> Address:
    """An address as written; a prefix length is accepted when it names a single host."""
    bare, _, prefix = text.partition("/")
    try:
        address = ip_address(bare)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IPv4 or IPv6 address") from None
    if prefix and prefix != str(address.max_prefixlen):
        raise argparse.ArgumentTypeError(
            f"{text!r}: give the address alone; on a real server it stands as /{address.max_prefixlen}, "
            "a wider prefix would make the server treat the whole network as local"
        )
    return address


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pykeepalived real-server",
        description="Settings of a real server: show (plan), make (apply) or take back (undo) them.",
    )
    parser.add_argument("action", choices=("plan", "apply", "undo"))
    parser.add_argument("--mode", type=Mode, choices=list(Mode), help="the directors' lb_kind")
    parser.add_argument(
        "--state", type=Path, default=real_server.DEFAULT_STATE, metavar="FILE",
        help="where apply notes what was there before (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "vips", nargs="*", type=_address, metavar="VIP",
        help="virtual addresses of the services; for nat: the directors' gateway VIP on this side",
    )  # fmt: skip
    return parser


def run(argv: Sequence[str]) -> int:
    parser = _parser()
    options = parser.parse_intermixed_args(argv)
    if options.action != "undo" and not (options.mode and options.vips):
        parser.error(f"{options.action} needs --mode and at least one VIP")
    if options.action != "plan" and os.geteuid() != 0:
        print(f"real-server {options.action}: needs root", file=sys.stderr)
        return EXIT_FAILED
    try:
        if options.action == "undo":
            return _undo(options.state)
        wanted = real_server.settings(options.mode, options.vips)
        if options.action == "plan":
            _print_plan(real_server.plan(wanted), options.mode, options.vips)
        else:
            made = [change for change in real_server.apply(wanted, options.state) if change.needed]
            for change in made:
                print(f"{change.setting.what}: {change.before} -> {change.setting.wanted}")
            print(f"{len(made)} changed, {len(wanted) - len(made)} as they should be already.")
    except RealServerError as error:
        print(f"real-server {options.action}: {error}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_OK


def _undo(state: Path) -> int:
    complaints: list[str] = []
    restored = real_server.undo(state, complaints.append)
    for complaint in complaints:
        print(f"real-server undo: {complaint}", file=sys.stderr)
    print(f"{restored} settings restored." if restored else "Nothing to undo.")
    return EXIT_FAILED if complaints else EXIT_OK


def _print_plan(changes: Sequence[real_server.Change], mode: Mode, vips: Sequence[Address]) -> None:
    """A shell script that one may read, keep or run."""
    names = " ".join(str(vip) for vip in vips)
    print(f"# Real server, mode {mode}, {names}. Nothing has been changed.")
    for change in changes:
        setting = change.setting
        print(f"\n# {setting.why}")
        if change.needed:
            print(f"{setting.command}    # now: {change.before}")
        else:
            print(f"# already so: {setting.command}")
    missing = sum(change.needed for change in changes)
    command = f"pykeepalived real-server apply --mode {mode} {names}"
    print(f"\n# {missing} of {len(changes)} settings to make: {command}")
