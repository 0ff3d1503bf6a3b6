"""Which download links may be followed at all.

A link comes from the service, but what it names is opened by us; one that leads anywhere but to Dailymotion's
storage is refused before a packet is sent.  http and loopback are for a sandbox on this machine only.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from dailymotion_reports.errors import DamagedFile, LinkRefused
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.profiles import STORAGE_HOSTS, Profile, is_loopback

REDIRECTS = 3
"""How often a download may be sent on; each step is held to the same rules."""

_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
"""A host name as names are written; nothing that two parsers could read in two ways."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 as they are written where only IPv6 is spoken (RFC 6052, section 2.1)."""


def admit(link: Secret, profile: Profile) -> str:
    """The address of ``link``, where it may be followed.

    Raises LinkRefused naming what is wrong, never the link itself: a signed link is a secret.
    """
    return _admitted(link.reveal(), profile)


def _admitted(text: str, profile: Profile) -> str:
    if not text.isascii() or any(c <= " " or c in "\\\x7f" for c in text):
        raise LinkRefused("A download link holds characters that no address holds.")
    parts, host, port = _split(text)
    if parts.username is not None or parts.password is not None:
        raise LinkRefused("A download link carries a user name.")
    if profile.on_loopback and is_loopback(host) and parts.scheme in ("http", "https"):
        return text
    if parts.scheme != "https" or port not in (None, 443):
        raise LinkRefused(f"A download link is not https on its usual port ({parts.scheme or 'no scheme'}).")
    if not _HOST.fullmatch(host) or not any(host == known or host.endswith("." + known) for known in STORAGE_HOSTS):
        raise LinkRefused(f"A download link leads to {host or 'no host'}, where reports never are.")
    return text


def _split(text: str) -> tuple[SplitResult, str, int | None]:
    """The parts of an address, its host and its port."""
    try:
        parts = urlsplit(text)
        return parts, parts.hostname or "", parts.port
    except ValueError:
        raise LinkRefused("A download link is not an address.") from None


def identity(url: str) -> str:
    """A name for what an admitted address opens, the same under every host, signature and date; it gives nothing
    away."""
    return sha256(urlsplit(url).path.encode()).hexdigest()[:32]


def sent_on(url: str, status: int, location: str, steps: int, profile: Profile) -> str | None:
    """Where an answer of ``url`` sends its reader, or None where it sends nobody anywhere.

    ``steps`` counts the redirects that were followed before.  Raises LinkRefused as `admit`, DamagedFile where there
    is no end to it.
    """
    if status not in (301, 302, 303, 307, 308) or not location:
        return None
    if steps >= REDIRECTS:
        raise DamagedFile(f"The storage redirects a download more than {REDIRECTS} times.")
    try:
        target = urljoin(url, location)
    except ValueError:
        raise LinkRefused("A download is redirected to what is no address.") from None
    return _admitted(target, profile)


def check_addresses(host: str, addresses: Iterable[str]) -> None:
    """Raise LinkRefused where one of the addresses that ``host`` stands for is not one of the public internet.

    Names of this machine itself, which `admit` lets pass for a sandbox alone, are not looked at.
    """
    if is_loopback(host):
        return
    for text in addresses:
        if not _is_public(text):
            raise LinkRefused(f"{host} stands for an address of a private network, where reports never are.")


def _is_public(text: str) -> bool:
    try:
        address = _unwrapped(ip_address(text))
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address of IPv4 that one of IPv6 stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
