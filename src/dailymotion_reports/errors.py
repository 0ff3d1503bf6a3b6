"""Every error this package raises on purpose, in one tree.  Imports nothing of ours.

::

    DmrError                            .code  .retry  .hint  .next
    ├─ UsageError (ValueError)          yours: mend it before anything is sent
    │  ├─ InvalidQuery                  .problems: all of them, not the first
    │  ├─ InvalidSettings               .where: flag, variable or line
    │  └─ MissingExtra (ImportError)    .extra: what to install
    ├─ TransportError                   the wire's: no answer came
    │  ├─ ConnectFailed · TimedOut · BrokenOff
    │  └─ PerhapsAccepted               a request that may have made a report
    ├─ ApiError                         the remote's: an answer came, and it was no    .status .sample
    │  ├─ NotAuthenticated              the sign-in was refused
    │  ├─ NotAllowed                    signed in, but not for this
    │  ├─ QueryRefused                  .messages, in the server's words
    │  ├─ TooManyReports · RateLimited  .retry_after
    │  ├─ ServerFault                   the service is in trouble
    │  ├─ UnreadableAnswer              not what the documents promise
    │  └─ NotBuilt                      the sandbox does not do this
    ├─ ReportError                      the report's own
    │  ├─ ReportFailed · ReportOverdue
    │  └─ ReportGone
    │     └─ LinkExpired                the report may still be there under a new link
    ├─ DataError                        the file is not what it should be
    │  └─ DamagedFile · UnreadableRow · SchemaChanged · LinkRefused · ArchiveUnwritable
    └─ LoadError                        the destination's                              .destination
       └─ DestinationUnavailable · DestinationRefused

A branch answers *whose turn is it*.  ``retry`` says what may be done without a person, as data, so that no
caller needs a list of classes.  ``code`` is stable: scripts may rely on it, and it names the exit code.
A class's docstring is its default message.
"""

from typing import ClassVar, Literal

Retry = Literal["never", "later", "sign_in", "resubmit", "resume"]
"""What may be done without a person: nothing, the same again later, sign in and repeat, ask for the report
anew, or go on waiting for it."""


def _restored(kind: "type[DmrError]", args: tuple[object, ...], known: dict[str, object]) -> "DmrError":
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(known)
    return error


class DmrError(Exception):
    """Something went wrong in dailymotion-reports."""

    code: ClassVar[str] = "dmr.error"
    retry: ClassVar[Retry] = "never"
    default_hint: ClassVar[str] = ""
    default_next: ClassVar[str] = ""

    def __init__(self, message: str = "", *, hint: str = "", next: str = "") -> None:
        super().__init__(message or type(self).__doc__ or type(self).__name__)
        self.hint = hint or self.default_hint
        """What would mend it, in one sentence; may be empty."""
        self.next = next or self.default_next
        """A command that helps; may be empty."""

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process boundaries whole: made without their constructor, with all they know."""
        return _restored, (type(self), self.args, self.__dict__)

    @property
    def message(self) -> str:
        """What happened, without the hint."""
        return str(self.args[0])


class UsageError(DmrError, ValueError):
    """The request cannot be carried out as it was written."""

    code = "usage"


class InvalidQuery(UsageError):
    """The question is not one that the API accepts."""

    code = "usage.invalid_query"
    default_next = "dmr plan --help"

    def __init__(self, *problems: str, hint: str = "", next: str = "") -> None:
        self.problems: tuple[str, ...] = problems
        """One sentence for each thing that is wrong, in the order of the question."""
        super().__init__("\n".join(problems), hint=hint, next=next)


class InvalidSettings(UsageError):
    """A setting is missing or cannot be used."""

    code = "settings.invalid"
    default_next = "dmr demo"

    def __init__(self, message: str = "", *, where: str = "", hint: str = "", next: str = "") -> None:
        super().__init__(message, hint=hint, next=next)
        self.where = where
        """The flag, variable or file that holds the setting."""


class MissingExtra(UsageError, ImportError):
    """An optional part of the package is not installed."""

    code = "usage.missing_extra"

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the optional part '{extra}', which is not installed.",
            hint=f"Install it with: pip install 'dailymotion-reports[{extra}]'",
        )
        self.extra = extra
        """Name of the extra to install."""


class TransportError(DmrError):
    """No answer came from the service."""

    code = "transport"
    retry: ClassVar[Retry] = "later"
    default_hint = "Check the network, the proxy and the address, then try again."


class ConnectFailed(TransportError):
    """The connection could not be made."""

    code = "transport.connect_failed"


class TimedOut(TransportError):
    """The service did not answer in time."""

    code = "transport.timed_out"


class BrokenOff(TransportError):
    """The connection broke off in the middle of an answer."""

    code = "transport.broken_off"


class PerhapsAccepted(TransportError):
    """The request for a report was sent and no clear answer came: the report may be running."""

    code = "transport.perhaps_accepted"
    retry = "never"
    default_hint = (
        "It was not sent again: that might make a second report. If the first is running, it takes one of the "
        "account's two places for up to two hours, and nobody holds its token."
    )


class ApiError(DmrError):
    """The service answered, and the answer was no."""

    code = "api"

    def __init__(self, message: str = "", *, status: int = 0, sample: str = "", hint: str = "", next: str = "") -> None:
        super().__init__(message, hint=hint, next=next)
        self.status = status
        """HTTP status of the answer, 0 where there is none."""
        self.sample = sample
        """How the answer begins, scrubbed; may be empty, and always is for answers that hold tokens."""


class NotAuthenticated(ApiError):
    """The service refused the sign-in."""

    code = "api.not_authenticated"
    retry = "sign_in"
    default_hint = "Check the key, its secret and the account; a refused sign-in is never repeated by itself."


class NotAllowed(ApiError):
    """Signed in, but not allowed to do this."""

    code = "api.not_allowed"
    default_hint = "Reporting is switched on for a key by your account manager: send the key, never its secret."


class QueryRefused(ApiError):
    """The service refused the request."""

    code = "api.query_refused"
    default_hint = "The words after the colon are the server's own."

    def __init__(self, *messages: str, status: int = 200, hint: str = "") -> None:
        self.messages: tuple[str, ...] = messages
        """Every message of the answer, in the server's words."""
        super().__init__("The service refused the request: " + "; ".join(messages), status=status, hint=hint)


class TooManyReports(QueryRefused):
    """Two reports of this account are already being made."""

    code = "api.too_many_reports"
    retry = "later"
    default_hint = "Two reports may run at a time; wait until one of them is finished."


class RateLimited(ApiError):
    """The service asks us to slow down."""

    code = "api.rate_limited"
    retry = "later"

    def __init__(self, message: str = "", *, status: int = 429, retry_after: float | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after
        """Seconds that the service asked us to wait, or None."""


class ServerFault(ApiError):
    """The service has a fault of its own."""

    code = "api.server_fault"
    retry = "later"
    default_hint = "The fault is at the service; try again later."


class UnreadableAnswer(ApiError):
    """The service answered with something that its documents do not promise."""

    code = "api.unreadable_answer"
    default_hint = "Something between here and the service may have answered, or this version is out of date."


class NotBuilt(ApiError):
    """The sandbox does not do this."""

    code = "api.not_built"
    default_hint = "The sandbox refuses what it does not imitate; the real service may well accept it."


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
    default_hint = "The service goes on making it, but its token is not kept beyond this command yet; ask again later."


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


class ArchiveUnwritable(DataError):
    """The file cannot be stored on this machine."""

    code = "data.archive_unwritable"
    default_hint = "Make room, or set DMR_HOME to a folder that can be written to; then ask again."


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
