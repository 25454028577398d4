"""Tracking: what trackers report, and what it means for the priority and the faults of each router. Pure."""
