"""``Client``: the blocking shell.  It submits, reads states and downloads; it never decides what to ask."""

import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.client.trace import Tell, told_try, untold
from dailymotion_reports.client.transport import Body, Transport
from dailymotion_reports.client.unbroken import unbroken
from dailymotion_reports.errors import DmrError, SecretsUnusable, TransportError
from dailymotion_reports.flows.introspection import read_names
from dailymotion_reports.flows.links import admit, sent_on
from dailymotion_reports.flows.platform import Hole, read_entities
from dailymotion_reports.flows.receive import Received, Receiver
from dailymotion_reports.flows.report import probe, read_states, submit
from dailymotion_reports.flows.retry import ATTEMPTS, final_error, pause_before_retry
from dailymotion_reports.flows.session import (
    Ended,
    Flow,
    Guard,
    NoMemory,
    Session,
    Signed,
    Step,
    Tokens,
    authorized,
    resumed,
    sign_in,
    sign_out,
)
from dailymotion_reports.query.drift import ServiceNames
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.platform import Entity, Kind
from dailymotion_reports.wire.profiles import Profile
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

T = TypeVar("T")

CALL_SECONDS = 60.0
"""The longest an API call may take."""

SILENCE_SECONDS = 60.0
"""The longest a download may be silent."""

DOWNLOAD_HEADERS = {"accept": "text/csv, */*", "accept-encoding": "identity"}
"""All that the storage host is told; never a token.  The bytes are asked for as they are stored."""


class Client:
    """One account's connection to the Reporting API.  Safe to share between threads."""

    def __init__(
        self,
        profile: Profile,
        credentials: Credentials,
        transport: Transport,
        *,
        store: TokenStore | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        tell: Tell = untold,
    ) -> None:
        self._session = Session(profile, credentials, clock, memory=store or NoMemory())
        self._store = store
        self._transport, self._tell = transport, tell
        self._sleep, self._chance = sleep, chance
        self._one_at_a_time = threading.Lock()

    @property
    def unkept(self) -> SecretsUnusable | None:
        """Why the tokens in use could not be kept for other processes; None where they are, or are not to be."""
        return self._session.unkept

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """What the token in use was granted, in order; None where there is none, or the service did not say."""
        tokens = self._session.tokens
        return None if tokens is None or tokens.scopes is None else tuple(sorted(tokens.scopes))

    def submit(self, request: ReportRequest, needs: frozenset[str] = frozenset()) -> ReportAccepted:
        """Ask for a report; never repeated by itself, since a lost answer may mean a running report.

        Raises MissingScope, before it asks, where the token was granted less than the scopes in ``needs``; ApiError
        where the service says no, TransportError where no answer came.
        """
        return self._converse(submit(self._session.profile.graphql_url, request), needs)

    def states(self, tokens: Sequence[Secret], *, patient: bool = True) -> tuple[ReportState, ...]:
        """The state of each report, in order, with all its links.

        Raises ApiError or TransportError once the retries are spent.
        """
        return self._converse(read_states(self._session.profile.graphql_url, tokens), patient=patient)

    def schema(self) -> ServiceNames:
        """The names of metrics, dimensions and so on in the service's own schema; it makes no report.

        Raises NotAllowed where the service does not show its schema, another ApiError, or TransportError.
        """
        return self._converse(read_names(self._session.profile.graphql_url))

    def entities(self, kind: Kind, ids: Collection[str], explained: Collection[str] = ()) -> tuple[Entity | Hole, ...]:
        """What is behind each id, in order, or why there is nothing; each is asked for once, and it makes no report.

        Of those that are ``explained`` it is known already why a list leaves them out.  Raises ApiError where it is not
        an id that is to blame, TransportError where no answer came.
        """
        url = self._session.profile.rest_url
        return self._converse(read_entities(url, kind, ids, explained))

    def download(self, link: Secret, receiver: Receiver, sink: Callable[[bytes], object]) -> Received:
        """Stream what ``receiver`` is missing of the file behind ``link`` through it into ``sink``, piece by piece.

        Raises LinkRefused before anything is sent where the link, or where the storage sends us on to, leads astray;
        LinkExpired where the storage refuses it, DamagedFile where the file is not whole, TransportError where the
        stream breaks off.  What the sink raises comes through.
        """
        profile, steps = self._session.profile, 0
        url: str | None = admit(link, profile)
        while url and not receiver.whole:
            with self._transport.stream(url, DOWNLOAD_HEADERS | receiver.asking(), SILENCE_SECONDS) as body:
                url = sent_on(url, body.status, body.headers.get("location", ""), steps, profile)
                if url is None:
                    self._receive(body, receiver, sink)
            steps += 1
        return receiver.finish()

    def _receive(self, body: Body, receiver: Receiver, sink: Callable[[bytes], object]) -> None:
        started = self._session.clock()
        receiver.start(body.status, body.headers)
        for chunk in body.chunks():
            for piece in receiver.pieces(chunk):
                sink(piece)
            receiver.check_pace(self._session.clock() - started)

    def probe(self, *, patient: bool = True) -> Response:
        """The answer to a question that costs nothing, signed: whether the way in works.

        Raises ApiError where the service says no, TransportError where no answer came.
        """
        return self._converse(probe(self._session.profile.graphql_url), patient=patient)

    def sign_in(self) -> Tokens:
        """Sign in anew with the credentials, whatever is kept, and keep the tokens.

        Raises NotAuthenticated where the service refuses, SecretsUnusable where they cannot be kept.
        """
        return self._driven(sign_in(self._session))

    def sign_out(self) -> Ended:
        """End the session at the service, where that can be done, and keep no tokens any more.

        Raises SecretsUnusable where they cannot be taken away; what the service says is in the result.
        """
        return self._driven(sign_out(self._session))

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _converse(self, conversation: Flow[T], needs: frozenset[str] = frozenset(), *, patient: bool = True) -> T:
        return self._driven(authorized(self._session, conversation, needs), patient=patient)

    def _driven(self, spoken: Signed[T], *, patient: bool = True) -> T:
        """Carry out a conversation, whatever it asks for, to its end; a lock that it holds is given back.

        Whoever is not ``patient`` comes again by himself: what may be repeated is sent once all the same.
        """
        first = 1 if patient else ATTEMPTS
        with self._one_at_a_time, ExitStack() as held:
            try:
                step = next(spoken)
                while True:
                    step = (
                        self._guarded(spoken, step, held)
                        if isinstance(step, Guard)
                        else self._sent(spoken, step, first)
                    )
            except StopIteration as done:
                result: T = done.value
                return result

    def _guarded(self, spoken: Signed[T], guard: Guard, held: ExitStack) -> Step:
        """The next step, once the account's lock is taken or given back."""
        held.close()
        if guard is Guard.HOLD and self._store:
            held.enter_context(self._store.held())
        return resumed(spoken, None)

    def _sent(self, spoken: Signed[T], request: Request, attempt: int) -> Step:
        """The next step, once a request is answered; what must come to its end is not broken off half-way."""
        while True:
            with unbroken() if self._must_end(request) else nullcontext():
                outcome, pause = self._tried(request, attempt)
                if pause is None:
                    return resumed(spoken, outcome)
            self._sleep(pause)
            attempt += 1

    def _must_end(self, request: Request) -> bool:
        """Whether an interrupt waits for the answer: to an exchange of tokens, and to what may have made a report."""
        return request.url == self._session.profile.token_url or not request.repeatable

    def _tried(self, request: Request, attempt: int) -> tuple[Response | DmrError, float | None]:
        """What became of one try, and after how many seconds there may be another."""
        outcome: Response | TransportError
        begun, token_url = self._session.clock(), self._session.profile.token_url
        try:
            outcome = self._transport.send(request, CALL_SECONDS)
        except TransportError as error:
            outcome = error
        except DmrError as error:
            return error, None
        pause = pause_before_retry(request, outcome, attempt, self._chance(), datetime.now(UTC))
        told_try(self._tell, request, outcome, attempt, self._session.clock() - begun, pause, token_url)
        if pause is None and isinstance(outcome, TransportError):
            return final_error(request, outcome), None
        return outcome, pause
