"""Which permissions new files never get."""

from __future__ import annotations

DEFAULT_UMASK = 0o177
"""keepalived's: files are readable by their owner only."""
