"""What a keyword, a header or a closing brace does besides storing a value.

These are the places where keepalived looks at more than one line while it reads: order, repetition, names
that must be known already.  Checks that need the whole configuration are in
:mod:`pykeepalived.config.resolving`.
"""
