"""The wire's, where no answer came, and the remote's, where one came and it was no."""

from typing import ClassVar

from dailymotion_reports.errors.base import DmrError, Retry


class TransportError(DmrError):
    """No answer came from the service."""

    code = "transport"
    retry: ClassVar[Retry] = "later"
    default_hint = "Check the network, the proxy and the address, then try again."


class ConnectFailed(TransportError):
    """The connection could not be made."""

    code = "transport.connect_failed"


class CertificateRefused(ConnectFailed):
    """The service did not prove who it is."""

    code = "transport.certificate"
    retry = "never"
    default_hint = "Certificates are always checked; there is no switch that turns this off."
    default_next = "dmr doctor"


class ProxyRefused(ConnectFailed):
    """The proxy opened no way to the service."""

    code = "transport.proxy_refused"
    retry = "never"
    default_hint = "Proxies come from HTTPS_PROXY, HTTP_PROXY and ALL_PROXY."
    default_next = "dmr doctor"


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
        "It is not sent again at once: that might make a second report. If the first is running, it takes one of "
        "the account's two places for up to two hours, and nobody holds its token. A job is asked for anew in the "
        "other place, three times at most."
    )


class ApiError(DmrError):
    """The service answered, and the answer was no."""

    code = "api"
    status: int = 0
    """HTTP status of the answer, 0 where there is none."""
    sample: str = ""
    """How the answer begins, scrubbed; may be empty, and always is for answers that hold tokens."""

    def __init__(self, message: str = "", *, status: int = 0, sample: str = "", hint: str = "", next: str = "") -> None:
        super().__init__(message, hint=hint, next=next)
        self.status = status
        self.sample = sample


class NotAuthenticated(ApiError):
    """The service refused the sign-in."""

    code = "api.not_authenticated"
    retry = "sign_in"
    default_hint = "Check the key, its secret and the account; a refused sign-in is never repeated by itself."
    default_next = "dmr auth login"


class NotAllowed(ApiError):
    """Signed in, but not allowed to do this."""

    code = "api.not_allowed"
    default_hint = "Reporting is switched on for a key by your account manager: send the key, never its secret."


class MissingScope(NotAllowed):
    """The key lacks a scope that the report needs."""

    code = "api.missing_scope"
    default_hint = (
        "No report is made. Scopes are switched on for a private key in the Studio, by an owner, and cannot be "
        "added to a session: sign in again afterwards."
    )
    default_next = "dmr auth login"
    scopes: tuple[str, ...] = ()
    """The scopes that are missing."""

    def __init__(self, *scopes: str, needed_for: str = "", hint: str = "", next: str = "") -> None:
        self.scopes = scopes
        named = f"the scope{'s' if len(scopes) > 1 else ''} {' and '.join(scopes)}"
        wanted = f"{needed_for} cannot be asked for without {named}." if needed_for else ""
        super().__init__(wanted or f"The key was not granted {named}.", hint=hint, next=next)


class QueryRefused(ApiError):
    """The service refused the request."""

    code = "api.query_refused"
    default_hint = "The words after the colon are the server's own."
    messages: tuple[str, ...] = ()
    """Every message of the answer, in the server's words."""

    def __init__(self, *messages: str, status: int = 200, hint: str = "") -> None:
        self.messages = messages
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
    retry_after: float | None = None
    """Seconds that the service asked us to wait, or None."""

    def __init__(self, message: str = "", *, status: int = 429, retry_after: float | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class ServerFault(ApiError):
    """The service has a fault of its own."""

    code = "api.server_fault"
    retry = "later"
    default_hint = "The fault is at the service; try again later."


class UnreadableAnswer(ApiError):
    """The service answered with something that its documents do not promise."""

    code = "api.unreadable_answer"
    default_hint = "Something between here and the service may have answered, or this version is out of date."


class TokenMissing(UnreadableAnswer):
    """A report was asked for, and the answer holds no token of it that can be read."""

    code = "api.token_missing"
    default_hint = (
        "A report may be running that nobody holds the token of; it takes one of the account's two slots for up to "
        "two hours."
    )


class RedirectRefused(UnreadableAnswer):
    """The service answered with a redirect, which this API never does; it was not followed."""

    code = "api.redirected"
    default_hint = "A proxy or a sign-in page of this network may have answered in the service's place."


class NotBuilt(ApiError):
    """The sandbox does not do this."""

    code = "api.not_built"
    default_next = "dmr catalog"
    default_hint = "The sandbox refuses what it does not imitate; the real service may well accept it."
