"""All probes, in the order in which they are held."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dailymotion_reports.sandbox.conformance import probes_asking, probes_reports, probes_signing
from dailymotion_reports.sandbox.conformance.talk import Probe

PROBES: Final[Mapping[str, Probe]] = MappingProxyType(
    {
        probe.id: probe
        for probe in (*probes_signing.PROBES, *probes_asking.PROBES, *probes_reports.PROBES, *probes_signing.LAST)
    }
)
"""Each probe by its id."""

MOST_REPORTS: Final = sum(probe.reports for probe in PROBES.values())
"""The most reports that all of them make."""
