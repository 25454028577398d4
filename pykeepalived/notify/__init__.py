"""Telling others: notify scripts and FIFOs.

What is to be told is decided in :mod:`~pykeepalived.notify.plan` (from the configuration) and
:mod:`~pykeepalived.notify.dispatch` (from an event); :mod:`~pykeepalived.notify.scripts` and
:mod:`~pykeepalived.notify.fifo` do it.
"""
