"""How long planning takes: up to five years of 500 channels and three groups, and how it grows with the windows."""

import statistics
import time

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import plan
from dailymotion_reports.query.report import ReportQuery

ROUNDS = 5
CHANNELS = 500
METRICS = "views,uploads,estimated-earnings-eur"


def planned(years: int, channels: int) -> tuple[int, float]:
    """How many reports a question needs, and the seconds that planning it takes, in the median."""
    slugs = [f"channel-{n}" for n in range(channels)]
    start = f"{2024 - years}-01-01"
    query = ReportQuery.of(METRICS, "day,video-id", start=start, end="2023-12-31", channels=slugs)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        made = plan(query, load_catalog())
        taken.append(time.perf_counter() - begun)
    return len(made.requests), statistics.median(taken)


def main() -> None:
    """Print what it takes, and what each report takes of it."""
    for years, channels in ((1, 1), (5, 1), (1, CHANNELS), (5, CHANNELS)):
        reports, seconds = planned(years, channels)
        each = seconds / reports * 1e6
        asked = f"{years} years, {channels:3} channels, 3 groups"
        print(f"{asked}: {reports:6,} reports in {seconds * 1000:8.1f} ms, {each:5.1f} us each")


if __name__ == "__main__":
    main()
