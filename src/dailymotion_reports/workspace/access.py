"""Join settings to the wire: which profile and which credentials they mean."""

import hashlib
from dataclasses import replace

from dailymotion_reports.settings import Settings
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import BUILT_IN, Profile, sandbox_profile

DEFAULT_SCOPES = ("create_reports", "read_reports", "access_revenue", "access_ads")
"""Asked for with a private key where ``DMR_SCOPES`` is not set.
Source: https://developers.dailymotion.com/guides/api-scopes/"""


def profile_of(settings: Settings) -> Profile:
    """The profile that the settings name."""
    if settings.profile == "sandbox":
        return sandbox_profile(settings.url, "password" if settings.by_password else "client_credentials")
    return BUILT_IN[settings.profile]


def account_of(settings: Settings) -> str:
    """A digest (16 hex digits) of whose figures these credentials open.

    The user for a public key, the key for a private one; every sandbox is the same account, since its keys are
    fresh at each start.
    """
    whose = {"public": settings.username, "sandbox": ""}.get(settings.profile, settings.api_key)
    return hashlib.sha256(f"{settings.profile}\0{whose}".encode()).hexdigest()[:16]


def credentials_of(settings: Settings) -> Credentials:
    """The credentials in the settings."""
    credentials = Credentials(settings.api_key, settings.api_secret, settings.username, settings.password)
    return replace(credentials, scopes=settings.scopes or DEFAULT_SCOPES)
