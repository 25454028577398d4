"""The real state machines of several configurations on a simulated LAN in virtual time. Pure."""
