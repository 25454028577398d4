"""The files of ``conf.examples`` and the sites that they are run on, which are derived from them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pykeepalived.base.errors import UsageError
from pykeepalived.config.load import load_text
from pykeepalived.lab.derive import derive
from pykeepalived.lab.derive_lans import Source
from pykeepalived.lab.layout import Layout

EXAMPLES = {
    "nat": "NAT: public VIP outside, gateway VIP inside, one sync group",
    "dr": "Direct routing: replies go straight to the client",
    "tun": "IP-in-IP tunnels to real servers behind a router",
    "vrrp": "VRRP alone: two nodes that serve by themselves share one address",
    "ipv6": "IPv6 with direct routing",
    "fullnat": "Full NAT: servers without a route to the clients, a floating back address, a sync daemon",
}


def configuration_files(name: str) -> dict[str, Path]:
    """Director -> its file, in an installed package or in the source tree."""
    if name not in EXAMPLES:
        raise UsageError(f"no example {name!r}; there are: {', '.join(EXAMPLES)}")
    package = Path(__file__).parents[1]
    for home in (package / "conf.examples", package.parent / "conf.examples"):
        files = sorted((home / name).glob("director-*.conf"))
        if files:
            return {path.stem.removeprefix("director-"): path for path in files}
    raise UsageError(f"the files of example {name!r} are not installed with this package")


@cache
def find(name: str) -> Layout:
    """The site of an example."""
    files = configuration_files(name)
    sources = [
        Source(director, load_text(path.read_text(), file=str(path)).config)
        for director, path in files.items()
    ]
    return derive(sources, name, EXAMPLES[name])
