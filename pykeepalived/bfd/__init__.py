"""Bidirectional Forwarding Detection, asynchronous mode (RFC 5880, 5881, 5883): the pure core.

``session`` is one session's state machine: an event and the time in, actions out, and a ``deadline``.
``sessions`` holds all of a process and gives out discriminators.  Bytes are :mod:`pykeepalived.wire.bfd`'s,
sockets the daemon's.  Durations are nanoseconds here, microseconds on the wire.
"""
