"""What a configuration says about its own reload, and the text it came from."""

from __future__ import annotations

from pathlib import Path

from pykeepalived.config.blocks.root import Config
from pykeepalived.daemon.pidfile import RUN_DIRECTORY
from pykeepalived.daemon.reload_care import ReloadSettings
from pykeepalived.syntax.nodes import Document

_NAME = "keepalived"


def reload_settings(config: Config) -> ReloadSettings:
    """The keywords of global_defs that are about reloads."""
    block = config.global_defs
    marker = block.reload_file
    if marker == "":
        marker = str(_default_marker(config))
    return ReloadSettings(
        marker=marker or "",
        check_log=block.reload_check_config,
        time_file=block.reload_time_file,
        repeat=block.reload_repeat,
        save_directory=block.config_save_dir,
    )


def consolidated(document: Document) -> str:
    """Every file that was read, in the order of reading, each with its name before and a ``!`` after it."""
    newline = "\n"
    return "".join(
        f"# {path}\n{document.sources.get(path, '').rstrip(newline)}\n!\n" for path in document.files
    )


def _default_marker(config: Config) -> Path:
    """Beside keepalived's pid file."""
    if config.instance:
        return RUN_DIRECTORY / _NAME / f"{_NAME}_{config.instance}.reload"
    folder = RUN_DIRECTORY / _NAME if config.use_pid_dir else RUN_DIRECTORY
    return folder / f"{_NAME}.reload"
