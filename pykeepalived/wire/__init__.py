"""Bytes on the wire: encode and decode, no sockets.

One file per protocol.  Encoders raise ValueError for what may not be sent; decoders never raise for any
bytes, they say what is wrong with them.  Units are converted here and nowhere else.
"""
