"""What an SNMP manager can ask about the daemon, and what it is told unasked.

Pure: tables are data (one file per MIB, or per part of a large one), and :mod:`pykeepalived.snmp.session`
turns bytes of the master agent into bytes for it.  Sockets belong to :mod:`pykeepalived.daemon.snmp_process`.
"""
