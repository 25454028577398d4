"""A pretended machine and small configurations for the tests of the configuration language."""

from __future__ import annotations

from pykeepalived.config.host import InterfaceFacts, ScriptState
from pykeepalived.config.load import Loaded, load_text

INTERFACES = ("lo", "eth0", "eth1", "eth2")


class FakeHost:
    """A machine with lo and three interfaces, the users root and nobody, and /usr/bin/true."""

    def __init__(self, interfaces=INTERFACES, users=("root", "nobody"), scripts=("/usr/bin/true",)):
        self.interfaces = interfaces
        self.users = users
        self.scripts = scripts

    def real_name(self, name):
        return None

    def interface(self, name):
        if name not in self.interfaces:
            return None
        return InterfaceFacts(self.interfaces.index(name) + 1, loopback=name == "lo")

    def user_exists(self, name):
        return name in self.users

    def group_exists(self, name):
        return name in self.users

    def script(self, script, account, *, secure):
        return ScriptState.GOOD if script.argv[0] in self.scripts else ScriptState.MISSING

    def script_flaws(self, script, account):
        return ""

    def resolves(self, name):
        return False

    def directory_exists(self, path):
        return path in ("/", "/tmp", "/etc", "/usr/share/iproute2", "/etc/iproute2")

    def exists(self, path):
        return path in ("/etc/passwd", "/tmp")

    def processors(self):
        return 4

    def routing_names(self, file, folder):
        return {}

    def content(self, path, limit):
        return None

    def mode(self, path):
        return None


def load_here(text: str, **options) -> Loaded:
    """Load text on the pretended machine."""
    return load_text(text, host=FakeHost(**options))


def codes(loaded: Loaded) -> list[str]:
    """What keepalived would complain about, without notices."""
    return [f.diagnostic.code for f in loaded.findings if f.diagnostic.exit_class]
