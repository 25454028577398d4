"""Vocabulary that every other package may use: spans, diagnostics, units, errors.

Nothing here does input or output, and nothing here knows a keyword, a packet or a kernel.
"""
