"""What the IPVS table should hold, given configuration and verdicts.  Pure: no kernel, no clock.

``service`` has the kernel's objects as values (VirtualService, Destination, Table), ``settings`` what a
pool must know, ``events`` what can happen to it and what follows, ``pool`` the state of one virtual server:
quorum, weights, sorry server, alpha and omega.  The table part of a pool is derived: ``Pool.desired()``;
``service.merge`` joins the parts of all pools into the table that the kernel is reconciled to.
"""
