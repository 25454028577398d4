"""The checks: one file each, found by looking into this folder.

A check makes one probe and says how it went.  It does not retry, count, wait or know weights:
:mod:`pykeepalived.health` does.  ``port`` is what every check implements, ``sockets`` and ``http_reader`` are
helpers that several of them use.
"""
