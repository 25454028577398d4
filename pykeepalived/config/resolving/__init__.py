"""What can only be said about the whole configuration: inherited defaults and cross-checks.

One file per family of checks.  Each function gets the bound configuration and a :class:`Report`, changes what
keepalived would change (``amend``), and says so.
"""
