"""Health checking without input or output: verdicts, retries, delays, rise and fall.

A checker (:mod:`pykeepalived.checkers`) makes one probe and returns one
:class:`~pykeepalived.health.verdict.Verdict`.  It knows no retry, counter, log, sleep or weight: those
live here, once for all kinds.
"""
