"""How Dailymotion speaks: every message with both its halves, encode and decode.  No I/O.

The client uses one half, the sandbox the other; neither imports the other.
"""
