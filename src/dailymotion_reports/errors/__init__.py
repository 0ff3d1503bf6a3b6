"""Every error this package raises on purpose, in one tree.  Imports nothing of ours.

::

    DmrError                            .code  .retry  .hint  .next
    ├─ UsageError (ValueError)          yours: mend it before anything is sent
    │  ├─ InvalidQuery                  .problems: all of them, not the first
    │  │  └─ UnverifiedQuery            no public document confirms that the API takes it
    │  ├─ InvalidSql                    a statement that is none, or that is not carried out
    │  ├─ InvalidSettings               .where: flag, variable or line; .problems: all of them
    │  │  └─ SecretsUnusable            kept secrets that cannot be read, trusted or written
    │  └─ MissingExtra (ImportError)    .extra: what to install
    ├─ TransportError                   the wire's: no answer came
    │  ├─ TimedOut · BrokenOff
    │  ├─ ConnectFailed                 nothing was sent
    │  │  └─ CertificateRefused · ProxyRefused
    │  └─ PerhapsAccepted               a request that may have made a report
    ├─ ApiError                         the remote's: an answer came, and it was no    .status .sample
    │  ├─ NotAuthenticated              the sign-in was refused
    │  ├─ NotAllowed                    signed in, but not for this
    │  │  └─ MissingScope               .scopes that the key lacks
    │  ├─ QueryRefused                  .messages, in the server's words
    │  ├─ TooManyReports · RateLimited  .retry_after
    │  ├─ ServerFault                   the service is in trouble
    │  ├─ UnreadableAnswer              not what the documents promise
    │  │  ├─ TokenMissing               a report that may be running, and that nobody can find
    │  │  └─ RedirectRefused            sent elsewhere, and not gone there
    │  └─ NotBuilt                      the sandbox does not do this
    ├─ ReportError                      the report's own
    │  ├─ ReportFailed
    │  ├─ ReportOverdue
    │  │  └─ ReportNotReady
    │  ├─ ReportWithdrawn                not asked for yet, and wanted no longer
    │  └─ ReportGone
    │     └─ LinkExpired                the report may still be there under a new link
    ├─ DataError                        the file is not what it should be
    │  ├─ DamagedFile · UnreadableRow · SchemaChanged · LinkRefused · ArchiveUnwritable · ArchiveDamaged
    │  └─ NotCombinable · CutOff · CatalogDrift · ServiceDiverges
    ├─ LedgerError                      the ledger's, in which jobs are written down
    │  └─ LedgerUnavailable · LedgerUnusable · LedgerTooNew · FencedOut
    └─ LoadError                        the destination's                              .destination
       └─ DestinationUnavailable · DestinationRefused

A branch answers *whose turn is it*.  ``retry`` says what may be done without a person, as data, so that no
caller needs a list of classes.  ``code`` is stable: scripts may rely on it, and it names the exit code.
A class's docstring is its default message.
"""

from dailymotion_reports.errors.base import (
    DmrError,
    Retry,
    of_code,
)
from dailymotion_reports.errors.outcome import (
    ArchiveDamaged,
    ArchiveUnwritable,
    CatalogDrift,
    CutOff,
    DamagedFile,
    DataError,
    DestinationRefused,
    DestinationUnavailable,
    FencedOut,
    LedgerError,
    LedgerTooNew,
    LedgerUnavailable,
    LedgerUnusable,
    LinkExpired,
    LinkRefused,
    LoadError,
    NotCombinable,
    ReportError,
    ReportFailed,
    ReportGone,
    ReportNotReady,
    ReportOverdue,
    ReportWithdrawn,
    SchemaChanged,
    ServiceDiverges,
    UnreadableRow,
)
from dailymotion_reports.errors.service import (
    ApiError,
    BrokenOff,
    CertificateRefused,
    ConnectFailed,
    MissingScope,
    NotAllowed,
    NotAuthenticated,
    NotBuilt,
    PerhapsAccepted,
    ProxyRefused,
    QueryRefused,
    RateLimited,
    RedirectRefused,
    ServerFault,
    TimedOut,
    TokenMissing,
    TooManyReports,
    TransportError,
    UnreadableAnswer,
)
from dailymotion_reports.errors.usage import (
    InvalidQuery,
    InvalidSettings,
    InvalidSql,
    MissingExtra,
    SecretsUnusable,
    UnverifiedQuery,
    UsageError,
)

__all__ = [
    "ApiError",
    "ArchiveDamaged",
    "ArchiveUnwritable",
    "BrokenOff",
    "CatalogDrift",
    "CertificateRefused",
    "ConnectFailed",
    "CutOff",
    "DamagedFile",
    "DataError",
    "DestinationRefused",
    "DestinationUnavailable",
    "DmrError",
    "FencedOut",
    "InvalidQuery",
    "InvalidSettings",
    "InvalidSql",
    "LedgerError",
    "LedgerTooNew",
    "LedgerUnavailable",
    "LedgerUnusable",
    "LinkExpired",
    "LinkRefused",
    "LoadError",
    "MissingExtra",
    "MissingScope",
    "NotAllowed",
    "NotAuthenticated",
    "NotBuilt",
    "NotCombinable",
    "PerhapsAccepted",
    "ProxyRefused",
    "QueryRefused",
    "RateLimited",
    "RedirectRefused",
    "ReportError",
    "ReportFailed",
    "ReportGone",
    "ReportNotReady",
    "ReportOverdue",
    "ReportWithdrawn",
    "Retry",
    "SchemaChanged",
    "SecretsUnusable",
    "ServerFault",
    "ServiceDiverges",
    "TimedOut",
    "TokenMissing",
    "TooManyReports",
    "TransportError",
    "UnreadableAnswer",
    "UnreadableRow",
    "UnverifiedQuery",
    "UsageError",
    "of_code",
]
