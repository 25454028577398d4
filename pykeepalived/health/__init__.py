"""When a real server counts as up.  Pure: probes are made elsewhere, their results come in as verdicts.

``settings`` what to probe and when, as values; ``verdict`` the result of one probe; ``checker`` the core that
all kinds of checks share (retries, delays, warm-up); ``server_health`` several checks of one server.
"""
