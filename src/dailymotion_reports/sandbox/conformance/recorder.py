"""Hold the probes and write down what came of them, as shapes.

Time, waiting and the way out are arguments.  What was heard is searched for the account's own secrets before it is
handed over: a pack that holds one is not made.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from dailymotion_reports.errors import DmrError, UnreadableAnswer
from dailymotion_reports.sandbox.conformance.dialect import file_shape
from dailymotion_reports.sandbox.conformance.pack import Heard, Held, Pack
from dailymotion_reports.sandbox.conformance.probes import PROBES
from dailymotion_reports.sandbox.conformance.probes_reports import report_token
from dailymotion_reports.sandbox.conformance.shapes import Shape, answer_shape, other_headers
from dailymotion_reports.sandbox.conformance.talk import Account, Kind, Notice, Pause, Probe, Say, Way
from dailymotion_reports.wire.faults import refused_sign_in
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted

Tell = Callable[[Probe], None]

SHORTEST_SECRET: Final = 4
"""Characters below which a value cannot be looked for: it would be found in ordinary words."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How probes are held: from which day, with how many reports at most, which ones, and how slowly.

    ``sleep`` lets seconds pass; ``pace`` is how many there are before each request.  ``only`` are the ids of the
    probes, or None for all.
    """

    today: date
    reports: int
    sleep: Callable[[float], None]
    pace: float = 0.0
    only: Collection[str] | None = None
    tell: Tell = field(default=lambda probe: None)


def record(way: Way, kind: Kind, made_with: str, manner: Manner) -> Pack:
    """Hold the probes with a key of that kind.

    Raises NotAuthenticated where the first sign-in is refused, and TransportError where the service cannot be
    reached at all; what goes wrong later is part of the recording.
    """
    account = Account(way.profile, way.credentials, manner.today)
    recorder = _Recorder(way, manner)
    granted = recorder.sign_in(account)
    held = tuple(recorder.hold(replace(account, bearer=granted.access_token), kind))
    pack = Pack(kind, way.profile.sandbox, made_with, held)
    _check(pack.text(), recorder.private(account))
    return pack


class _Recorder:
    def __init__(self, way: Way, manner: Manner) -> None:
        self._way, self._manner = way, manner
        self._left = manner.reports
        self._tokens: set[str] = set()

    def sign_in(self, account: Account) -> TokenGranted:
        """The token that most probes use.  Raises where there is none."""
        answer = self._send(account.sign_in())
        if answer.status != 200:
            raise refused_sign_in(answer)
        return TokenGranted.decode(answer)

    def hold(self, account: Account, kind: Kind) -> Iterator[Held]:
        """Every probe that is asked for, in order."""
        for probe in PROBES.values():
            if self._manner.only is not None and probe.id not in self._manner.only:
                continue
            if kind not in probe.kinds:
                yield Held(probe.id, "left out", f"not with a {kind} key")
            elif probe.reports > self._left:
                yield Held(probe.id, "left out", "it may make a report")
            else:
                self._manner.tell(probe)
                yield self._held(probe, account)

    def private(self, account: Account) -> list[str]:
        """Whatever must not stand in a pack."""
        own = account.credentials
        return [own.client_secret.reveal(), own.password.reveal(), own.client_id, own.username, *self._tokens]

    def _held(self, probe: Probe, account: Account) -> Held:
        heard: list[Heard] = []
        answer: Response | None = None
        talk = probe.talk(account)
        try:
            while True:
                step = talk.send(answer)
                answer = None
                match step:
                    case Pause():
                        self._manner.sleep(step.seconds)
                    case Notice():
                        heard.append(Heard(step.name, dict(step.seen), (), tuple(step.concerns.split())))
                    case Say():
                        answer = self._send(step.request)
                        heard += [_heard(step, answer)] if step.name else []
        except StopIteration:
            return Held(probe.id, "recorded", "", tuple(heard))
        except DmrError as error:
            return Held(probe.id, "broken off", error.code, tuple(heard))
        finally:
            talk.close()

    def _send(self, request: Request) -> Response:
        if self._manner.pace:
            self._manner.sleep(self._manner.pace)
        answer = self._way.send(request)
        made = report_token(answer)
        if made:
            self._left -= 1
        self._tokens |= {made} if made else set()
        return answer


def _heard(step: Say, answer: Response) -> Heard:
    shape: Shape = answer_shape(answer)
    if step.file and answer.status == 200:
        shape = {**shape, "body": file_shape(answer.body, step.file)}
    return Heard(step.name, shape, tuple(other_headers(answer.headers)), tuple(step.concerns.split()))


def _check(text: str, private: Collection[str]) -> None:
    if any(len(one) >= SHORTEST_SECRET and one in text for one in private):
        raise UnreadableAnswer("The service repeats secrets where words belong; nothing was recorded.")
