"""Settings: read once at the door, then handed down as plain values.  Nothing here speaks to the service."""

from dailymotion_reports.settings.folders import Folders
from dailymotion_reports.settings.resolve import (
    PROFILES,
    SANDBOX_PREFIX,
    Settings,
    config_files,
    configured_accounts,
    database,
    known_profiles,
    metrics_file,
)
from dailymotion_reports.settings.shape import KINDS

__all__ = [
    "KINDS",
    "PROFILES",
    "SANDBOX_PREFIX",
    "Folders",
    "Settings",
    "config_files",
    "configured_accounts",
    "database",
    "known_profiles",
    "metrics_file",
]
