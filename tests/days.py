"""Days by the clock that the commands under test see, asked for when they are needed: midnight may have passed."""

from datetime import UTC, date, datetime, timedelta


def yesterday() -> date:
    """The newest day of which a command that runs now asks."""
    return (datetime.now(UTC) - timedelta(days=1)).date()
