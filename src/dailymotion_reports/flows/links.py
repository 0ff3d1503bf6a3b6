"""Which download links may be followed at all.

A link comes from the service, but what it names is opened by us; one that leads anywhere but to Dailymotion's
storage is refused before a packet is sent.  http and loopback are for a sandbox on this machine only.
"""

import re
from urllib.parse import urlsplit

from dailymotion_reports.errors import LinkRefused
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.profiles import STORAGE_HOSTS, Profile, is_loopback

_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
"""A host name as names are written; nothing that two parsers could read in two ways."""


def admit(link: Secret, profile: Profile) -> str:
    """The address of ``link``, where it may be followed.

    Raises LinkRefused naming what is wrong, never the link itself: a signed link is a secret.
    """
    text = link.reveal()
    if not text.isascii() or any(c <= " " or c in "\\\x7f" for c in text):
        raise LinkRefused("A download link holds characters that no address holds.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise LinkRefused("A download link is not an address.") from None
    if parts.username is not None or parts.password is not None:
        raise LinkRefused("A download link carries a user name.")
    if profile.on_loopback and is_loopback(host) and parts.scheme in ("http", "https"):
        return text
    if parts.scheme != "https" or port not in (None, 443):
        raise LinkRefused(f"A download link is not https on its usual port ({parts.scheme or 'no scheme'}).")
    if not _HOST.fullmatch(host) or not any(host == known or host.endswith("." + known) for known in STORAGE_HOSTS):
        raise LinkRefused(f"A download link leads to {host or 'no host'}, where reports never are.")
    return text
