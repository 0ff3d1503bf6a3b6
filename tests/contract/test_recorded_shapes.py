"""The sandbox answers in the shapes of the recorded exchanges, and a test fails where it departs from them.

A shape is the names of fields and the kinds of values.  What the samples hold is compared with what the sandbox says
to the samples' own questions.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.faults.speaker import Speaker, still

from dailymotion_reports.sandbox import resolvers, service
from dailymotion_reports.sandbox.tokens import Tokens
from dailymotion_reports.wire.oauth import TokenGranted

SAMPLES = Path(__file__).parents[1] / "samples"

pytestmark = pytest.mark.row("U6")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """Names and kinds: objects by field, lists by their first entry, the rest by the name of its kind."""
    if isinstance(value, Mapping):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return {bool: "yes or no", int: "number", float: "number", str: "text", type(None): "null"}[type(value)]


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    with still(60.0, rows_per_file=1) as sandbox:
        yield Speaker(sandbox)


def ask(speaker: Speaker, name: str) -> Any:
    """The sandbox's answer to a sample's question, about a channel that it has."""
    body = sample(name)
    filters = body["variables"]["input"]["filters"]
    if filters:
        filters["videoOwnerChannelSlug"] = speaker.sandbox.info()["channels"][0]
    return speaker.post("/", json.dumps(body).encode()).json()


def read(speaker: Speaker, token: str) -> Any:
    body = sample("status.request.json")
    body["variables"]["reportToken"] = token
    return speaker.post("/", json.dumps(body).encode()).json()["data"]["partner"]["reportFile"]


def recorded(name: str, *fields: str) -> Any:
    """The state in a sample, with the fields only that the guide's own query asks for."""
    state = sample(name)["data"]["partner"]["r0"]
    links = {"edges": state["downloadLinks"]["edges"]}
    return {"status": state["status"], "downloadLinks": links}


def check_created(speaker: Speaker, name: str) -> str:
    said = ask(speaker, name)
    assert shape(said) == shape(sample("create-accepted.200.json"))
    token = str(said["data"]["askPartnerReportFile"]["reportFile"]["reportToken"])
    assert token.count(".") == 2
    return token


@pytest.mark.parametrize("name", ["create.request.json", "create-bare.request.json", "create-php.request.json"])
def test_a_report_is_taken_in_the_recorded_shape(speaker: Speaker, name: str) -> None:
    check_created(speaker, name)


def check_states(speaker: Speaker) -> None:
    token = check_created(speaker, "create.request.json")
    running = read(speaker, token)
    assert running == recorded("status-running.200.json")
    speaker.sandbox.clock.advance(60)
    finished = read(speaker, token)
    assert finished["status"] == "FINISHED"
    assert len(finished["downloadLinks"]["edges"]) > 1
    assert shape(finished) == shape(recorded("status-finished.200.json"))


def test_a_state_is_told_in_the_recorded_shape(speaker: Speaker) -> None:
    check_states(speaker)


def test_an_unknown_report_is_null_as_recorded(speaker: Speaker) -> None:
    assert read(speaker, "unknown") is sample("status-unknown.200.json")["data"]["partner"]["r0"] is None


def test_a_refusal_stands_beside_null_data_as_recorded(speaker: Speaker) -> None:
    said = speaker.graphql(
        sample("create.request.json")["query"],
        {"input": {**sample("create.request.json")["variables"]["input"], "endDate": "2025-07-01"}},
    ).json()
    known = sample("create-refused.200.json")
    assert said["data"] == known["data"]
    (error,), (like,) = said["errors"], known["errors"]
    assert shape({name: error[name] for name in like if name != "redirect_id"}) == shape(
        {name: value for name, value in like.items() if name != "redirect_id"}
    )


def sign_in(speaker: Speaker, **changes: str) -> Any:
    own = speaker.sandbox.info()
    form = {"grant_type": "password", "version": "2", "client_id": own["api_key"], "client_secret": own["api_secret"]}
    account = {"username": own["username"], "password": own["password"]}
    return speaker.post("/oauth/token", urlencode({**form, **account, **changes}).encode(), {}).json()


def test_tokens_are_granted_and_refused_as_recorded(speaker: Speaker) -> None:
    said, known = sign_in(speaker), sample("token-granted.200.json")
    assert shape(said) == shape(known)
    same = ("expires_in", "scope", "token_type")
    assert [said[name] for name in same] == [known[name] for name in same]
    assert sign_in(speaker, password="wrong") == sample("token-refused.400.json")


class TestADepartureIsSeen:
    """Each test breaks the sandbox in one place and sees the comparison above fail."""

    def test_a_link_that_goes_by_another_name(self, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
        page = resolvers._page
        empty: dict[str, Any] = {"node": {"link": None}}
        monkeypatch.setattr(resolvers, "_page", lambda *of: page(*of) | {"edges": [empty, empty]})
        with pytest.raises(AssertionError):
            check_states(speaker)

    def test_an_envelope_with_one_field_more(self, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
        say = service._json
        monkeypatch.setattr(service, "_json", lambda status, body, **more: say(status, {**body, "extensions": {}}))
        with pytest.raises(AssertionError):
            check_created(speaker, "create.request.json")

    def test_a_token_answer_with_one_field_less(self, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
        granted = Tokens._granted

        def without(self: Tokens, *of: Any) -> TokenGranted:
            whole = granted(self, *of)
            return TokenGranted(whole.access_token, whole.expires_in, None, whole.scope)

        monkeypatch.setattr(Tokens, "_granted", without)
        with pytest.raises(AssertionError):
            test_tokens_are_granted_and_refused_as_recorded(speaker)

    def test_a_status_of_another_word(self, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(speaker.sandbox.service.reports, "status", lambda *_: "EXPIRED")
        with pytest.raises(AssertionError):
            check_states(speaker)
