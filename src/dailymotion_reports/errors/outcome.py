"""The report's own, its files', and its destination's."""

from dailymotion_reports.errors.base import DmrError


class ReportError(DmrError):
    """The report itself did not come to a good end."""

    code = "report"


class ReportFailed(ReportError):
    """The service could not make the report, and gives no reason."""

    code = "report.failed"
    retry = "resubmit"
    default_hint = "Ask again; if it fails again, ask for a shorter period or fewer dimensions."


class ReportOverdue(ReportError):
    """The report was not finished in the time a report may take."""

    code = "report.overdue"
    retry = "resume"
    default_hint = "The service goes on making it, and it is written down here: it can be waited for again."


class ReportNotReady(ReportOverdue):
    """The report is not finished yet."""

    code = "report.not_ready"
    default_hint = "The service goes on making it."


class ReportWithdrawn(ReportError):
    """Whoever wanted the report wants it no longer, and it was not asked for yet."""

    code = "report.withdrawn"
    retry = "resubmit"
    default_hint = "Nothing was sent; ask for it again if you want it."


class ReportGone(ReportError):
    """The service no longer has this report."""

    code = "report.gone"
    retry = "resubmit"
    default_hint = "Reports are deleted after 48 hours; ask for it again."


class LinkExpired(ReportGone):
    """The download link is no longer good; the report may still be there under a new one."""

    code = "report.link_expired"


class DataError(DmrError):
    """The downloaded file is not what it should be."""

    code = "data"
    default_hint = "Nothing was stored under the final name."


class DamagedFile(DataError):
    """The download is incomplete or was changed on its way."""

    code = "data.damaged_file"
    retry = "later"


class UnreadableRow(DataError):
    """A row cannot be read as the columns that were asked for."""

    code = "data.unreadable_row"
    default_hint = "The archive keeps the file as it came."

    def __init__(self, message: str = "", *, file: str = "", line: int | None = None) -> None:
        super().__init__(message)
        self.file = file
        """Name of the file, where it is known."""
        self.line = line
        """Line of the file, from 1, where it is known."""


class SchemaChanged(DataError):
    """The columns of the file are not the ones that were asked for."""

    code = "data.schema_changed"
    default_hint = "Nothing was stored; the service may have changed, or answered another question."

    def __init__(self, message: str = "", *, added: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.added = added
        """Columns of the file that were not asked for."""
        self.removed = removed
        """Columns that were asked for and are not in the file."""


class LinkRefused(DataError):
    """A download link leads somewhere a report never is, and was not followed."""

    code = "data.link_refused"
    default_hint = "Links are followed over https to Dailymotion's storage only."


class CutOff(DataError):
    """The service leaves rows out of a report that cannot be asked for in shorter ones."""

    code = "data.cut_off"
    default_hint = "Ask channel by channel (--channel), by fewer dimensions, or for fewer videos by a filter."


class NotCombinable(DataError):
    """The rows of several reports cannot be put together as the plan meant to."""

    code = "data.not_combinable"
    default_hint = "Nothing is lost: the archive keeps every file. Ask for less at a time, or leave that dimension out."


class ArchiveUnwritable(DataError):
    """The file cannot be stored on this machine."""

    code = "data.archive_unwritable"
    default_hint = "Make room, or set DMR_HOME to a folder that can be written to; then ask again."


class ArchiveDamaged(DataError):
    """A file of the archive is not the one that was received: a disk, a copy or somebody has changed it."""

    code = "data.archive_damaged"
    default_hint = "Put it back from a backup, or move its folder away and fetch the report again."
    default_next = "dmr status"


class CatalogDrift(DataError):
    """The service's own schema and the catalogue of this version differ."""

    code = "data.catalog_drift"
    default_hint = "Look for a newer version; until then names that the catalogue lacks can be sent with --unverified."
    default_next = "pip install --upgrade dailymotion-reports"


class ServiceDiverges(DataError):
    """A service answers in other ways than a conformance pack has recorded."""

    code = "data.divergence"
    default_hint = "Each difference names the facts that it is about; dmr sandbox fidelity tells who says so."


class LedgerError(DmrError):
    """The ledger of jobs cannot be used."""

    code = "ledger"
    default_hint = "Jobs are written down before anything is asked, so that nothing was asked."
    default_next = "dmr doctor --offline"


class LedgerUnavailable(LedgerError):
    """The ledger cannot be opened or written, or others hold it for too long."""

    code = "ledger.unavailable"
    retry = "later"


class LedgerUnusable(LedgerError):
    """The ledger is damaged, or is none."""

    code = "ledger.unusable"
    default_hint = (
        "It was left as it is. Move it away to begin a new one; the archive keeps every file that was fetched."
    )


class LedgerTooNew(LedgerError):
    """A newer version of dailymotion-reports has written the ledger."""

    code = "ledger.too_new"
    default_hint = "Nothing was changed. Use the newer version here too."
    default_next = "pip install --upgrade dailymotion-reports"


class FencedOut(LedgerError):
    """Somebody else has taken the job in hand."""

    code = "ledger.fenced"
    retry = "resume"
    default_hint = "This process was frozen or cut off for too long; what it did since is not written down."
    default_next = "dmr status"


class LoadError(DmrError):
    """The destination did not take the rows."""

    code = "load"

    def __init__(self, message: str = "", *, destination: str = "", hint: str = "", next: str = "") -> None:
        super().__init__(message, hint=hint, next=next)
        self.destination = destination
        """The destination's address, without secrets."""


class DestinationUnavailable(LoadError):
    """The destination cannot be reached or is in use."""

    code = "load.unavailable"
    retry = "later"


class DestinationRefused(LoadError):
    """The destination does not fit these rows."""

    code = "load.refused"
