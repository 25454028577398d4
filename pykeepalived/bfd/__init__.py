"""Bidirectional Forwarding Detection (RFC 5880, RFC 5881): sessions as pure state machines."""
