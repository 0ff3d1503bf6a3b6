"""Conversations: generators that yield a Request and receive a Response.

Each is written once; `client` drives it, sync or async.  No sockets, no clock, no waiting.
"""
