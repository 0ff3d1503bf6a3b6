"""What a plan will take, for the commands that show it before anything is asked."""

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.forecast import DEFAULT_SCOPES, Forecast, History, forecast
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.settings import Settings


def costs_of(made: Plan, settings: Settings | None) -> Forecast:
    """By the history of the account, or where there is none by the documents."""
    if settings is None:
        return forecast(made, load_catalog())
    scopes = None if settings.by_password else settings.scopes or DEFAULT_SCOPES
    return forecast(made, load_catalog(), _history(settings), scopes)


def heeding(made: Plan, settings: Settings | None) -> Plan:
    """The plan as it would be carried out: with parts of those reports that were too large before."""
    if settings is None or not _has_ledger(settings):
        return made
    from dailymotion_reports.workspace.history import fitted_by_history

    return fitted_by_history(made, settings)


def _has_ledger(settings: Settings) -> bool:
    return bool(settings.shared_ledger) or settings.folders.ledger.exists()


def _history(settings: Settings) -> History | None:
    if not _has_ledger(settings):
        return None
    from dailymotion_reports.workspace.history import history_of

    return history_of(settings)


def tell_asked(before: int, reports: int) -> None:
    """Say on stderr how many reports somebody has asked for before, who was interrupted or still waits."""
    if before:
        from dailymotion_reports.cli.talk import print_talk

        which = f"{before:,} of {reports:,} reports were" if reports > 1 else "The report was"
        print_talk(f"{which} asked for before, and {'are' if reports > 1 else 'is'} not asked for again.")


def tell(made: Plan, settings: Settings, *, as_json: bool) -> None:
    """Say on stderr what is doubtful, what several reports will take, and what was refused of them before.

    Doubts are left to the one object that is printed ``as_json``.
    """
    from dailymotion_reports.cli.talk import print_talk, print_warnings

    costs = costs_of(made, settings)
    if costs.reports > 1:
        print_talk(str(costs))
    print_warnings((*(() if as_json else made.warnings), *costs.refused))
