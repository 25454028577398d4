"""What the IPVS table should hold, given configuration and verdicts.  Pure: no kernel, no clock.

``service`` has the values (VirtualService, Destination), ``pool`` the state of one virtual server:
quorum, weights, sorry server, alpha and omega.
"""
