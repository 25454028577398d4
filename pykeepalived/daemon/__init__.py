"""Processes, loop, signals: the only executor of actions."""
