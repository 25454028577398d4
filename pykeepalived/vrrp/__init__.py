"""The election: virtual routers and sync groups as pure state machines.

The contract, which the other cores share::

    router = VirtualRouter(settings)
    actions = router.handle(event, now)     # now: integer nanoseconds, CLOCK_MONOTONIC
    router.deadline                         # when it wants TimerFired, or None
    router.state                            # Initialize | Backup | Master, frozen

* Events (``events``) are facts without bytes.  An advertisement becomes one only after it passed the receive
  ladder of ``wire.vrrp_receive``; what failed there cannot touch a timer.
* Actions (``actions``) are returned in the order in which they must be performed.  The driver is the only
  one who performs them, and it performs all of them.
* Nothing here reads a clock, sleeps or sends.  A wake-up that is early, late or doubled is harmless: the
  router compares ``now`` with its own deadline.
* Before ``TimerFired`` the driver reads what is queued on the receive socket, so that a late process does not
  mistake its own sleep for the Master's silence; ``stalls`` has the rules for when it slept for long.

``router`` decides which transition an event causes, ``transitions`` says what each consists of, ``stalls``
and ``reload`` hold the two uncommon occasions, ``announce`` the rounds of gratuitous ARP, ``sync_group`` what
moves together.  Names are those of RFC 3768 and RFC 5798 (Master, Master_Down_Interval).
"""
