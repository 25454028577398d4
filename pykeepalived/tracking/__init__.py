"""Tracked things: what interfaces, scripts, files, processes and BFD sessions mean for a router's priority.

The contract is that of the other cores: events in, ordered actions out, ``now`` is a parameter (integer
nanoseconds, CLOCK_MONOTONIC), a wanted wake-up is the property ``deadline``.

============== ===================================================== ==========================
module         what it decides                                       where it runs
============== ===================================================== ==========================
``tracker``    effective priority and faults of every router         vrrp process, simulator
``links``      whether an interface counts as up (delays, polling)   vrrp process
``scripts``    when a script runs, is ended, counts as good or bad   notifier process
``processes``  whether a tracked process has its quorum              notifier process
``files``      the number in a tracked file                          notifier process
============== ===================================================== ==========================

For whoever shows or simulates: ``Tracking.contributions(router)`` lists every tracked thing of a router with
what it does to it now, ``contributions.sentence()`` says the sum in words, and the core takes ``Observed``
events from anywhere.
"""
