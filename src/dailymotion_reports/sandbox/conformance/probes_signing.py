"""Probes about keys, tokens and sessions.  None of them makes a report, and none tries a wrong password."""

from dataclasses import replace
from typing import Final

from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.conformance.talk import Account, Notice, Probe, Say, Talk
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.oauth import TokenGranted

PING: Final = "{ partner { id } }"
NOBODY: Final = Secret("dmr-conformance-nobody")
"""In place of secrets and tokens; it opens nothing."""


def _sign_in(account: Account) -> Talk:
    answer = yield Say(account.sign_in(), "sign in", "A6 A12 A15 A16 K10")
    granted = granted_by(answer)
    lasts_ten_hours = granted.expires_in == 36000 if granted else None
    yield Notice("life", {"a token lives 36,000 seconds": lasts_ten_hours}, "A13 access_seconds private_access_seconds")


def _wrong_secret(account: Account) -> Talk:
    yield Say(account.sign_in(NOBODY), "sign in with a wrong secret", "A16")


def _unknown_grant(account: Account) -> Talk:
    own = account.credentials
    key = {"client_id": own.client_id, "client_secret": own.client_secret.reveal()}
    yield Say(account.form(grant_type="magic", **key), "sign in with an unknown grant", "A9 A10 A16")
    yield Say(account.form(**key), "sign in without a grant", "A16")


def _json_sign_in(account: Account) -> Talk:
    form = account.sign_in()
    body = b'{"grant_type": "client_credentials", "client_id": "dmr-conformance-nobody"}'
    yield Say(replace(form, headers={"content-type": "application/json"}, body=body), "sign in with JSON", "A35")


def _wrong_refresh(account: Account) -> Talk:
    yield Say(account.refresh(NOBODY), "refresh with an unknown token", "A17")


def _refresh(account: Account) -> Talk:
    first = granted_by((yield Say(account.sign_in())))
    if first is None or first.refresh_token is None:
        return
    second = granted_by((yield Say(account.refresh(first.refresh_token), "refresh", "A7 A8")))
    another = second.refresh_token != first.refresh_token if second and second.refresh_token else None
    yield Notice("rotation", {"a refresh brings another refresh token": another}, "rotate_refresh_tokens")
    reused = yield Say(
        account.refresh(first.refresh_token), "refresh with the token of before", "A17 rotate_refresh_tokens"
    )
    if second and reused and reused.status != 200:
        goes_on = replace(account, bearer=second.access_token).graphql(PING)
        yield Say(goes_on, "after a refresh token came twice", "reuse_revokes")


def _no_token(account: Account) -> Talk:
    ping = account.graphql(PING)
    yield Say(replace(ping, bearer=None), "ask without a token", "A19 K7")
    yield Say(replace(ping, bearer=NOBODY), "ask with an unknown token", "A19")


def _details(account: Account) -> Talk:
    yield Say(account.platform("/auth"), "describe the token", "A32 A33")
    yield Say(replace(account.platform("/auth"), bearer=NOBODY), "describe an unknown token", "A19 A32")


def _log_out(account: Account) -> Talk:
    granted = granted_by((yield Say(account.sign_in())))
    if granted is None:
        return
    own = replace(account, bearer=granted.access_token)
    yield Say(own.platform("/logout"), "log out", "A30")
    yield Say(own.graphql(PING), "ask after logging out", "A30")
    if granted.refresh_token:
        yield Say(account.refresh(granted.refresh_token), "refresh after logging out", "A31")
    yield Say(account.graphql(PING), "ask in another session after logging out", "A30")


def granted_by(answer: Response | None) -> TokenGranted | None:
    """The token in an answer, or None where there is none."""
    if answer is None or answer.status != 200:
        return None
    try:
        return TokenGranted.decode(answer)
    except UnreadableAnswer:
        return None


PROBES: Final = (
    Probe("sign-in", "signing in, and what the answer holds", _sign_in),
    Probe("wrong-secret", "a wrong secret, once", _wrong_secret),
    Probe("unknown-grant", "a grant that there is not, and none at all", _unknown_grant),
    Probe("json-sign-in", "a token request in JSON", _json_sign_in),
    Probe("wrong-refresh-token", "a refresh token that nobody has", _wrong_refresh, kinds=("public",)),
    Probe("refresh", "a refresh, and the old token once more", _refresh, kinds=("public",)),
    Probe("missing-token", "a question without a good token", _no_token),
    Probe("token-details", "whose token it is", _details, kinds=("public",)),
)

LAST: Final = (Probe("log-out", "logging out of a session of its own", _log_out, kinds=("public",)),)
"""Probes that come after all others."""
