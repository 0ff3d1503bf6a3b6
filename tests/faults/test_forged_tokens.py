"""Tokens that nobody gave out, by the list of RFC 8725: none of them opens a door, nor a report.

Each forgery differs from a token that is taken in the one thing that its name says.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.faults.speaker import READ, START, Speaker, still

from dailymotion_reports.sandbox.sealing import Sealer
from dailymotion_reports.sandbox.tokens import SKEW_SECONDS

pytestmark = pytest.mark.row("TM22")

PREFIX = "sandbox-"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
Forge = Callable[["Site"], str]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def made(header: Mapping[str, Any], claims: Any, key: bytes | None, digest: str = "sha256") -> str:
    """A token made by hand, since libraries refuse to make bad ones; no key means an empty signature."""
    head = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{PREFIX}{head}.{b64(hmac.digest(key, head.encode(), digest)) if key is not None else ''}"


class Site:
    """A sandbox, one of its tokens, and another sandbox's."""

    def __init__(self, speaker: Speaker, stranger: Speaker) -> None:
        self.speaker, self.stranger = speaker, stranger
        self.key = speaker.sandbox._sealer.key
        head, body, self.signature = speaker.token.removeprefix(PREFIX).split(".")
        self.header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=="))
        self.claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))

    def signed(self, key: bytes | None = None, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token with the true key, or with another, and with these changes; None takes a claim away."""
        kept = {name: value for name, value in (self.claims | claims).items() if value is not None}
        return made({**self.header, **(header or {})}, kept, self.key if key is None else key)

    def takes(self, token: str) -> bool:
        """Whether a token opens anything at all: who it is, what a report is, the way out."""
        bearer = {"authorization": f"Bearer {token}"}
        body = json.dumps({"query": READ, "variables": {"t": "x"}}).encode()
        answers = [
            self.speaker.get("/auth", **bearer).status,
            self.speaker.post("/", body, bearer).status,
            self.speaker.post("/graphql", body, bearer).status,
        ]
        assert set(answers) in ({200}, {401})
        return 200 in answers


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with still(60.0) as sandbox, still(60.0) as other:
        yield Site(Speaker(sandbox), Speaker(other))


def flipped(text: str) -> str:
    """The text with another first letter."""
    return ("A" if text[0] != "A" else "B") + text[1:]


def parts(site: Site) -> list[str]:
    return site.speaker.token.removeprefix(PREFIX).split(".")


def rs256(site: Site, **header: Any) -> str:
    return PREFIX + jwt.encode(site.claims, RSA, algorithm="RS256", headers=header)


NUMBERS = RSA.public_key().public_numbers()
JWK = {"kty": "RSA", "e": b64(NUMBERS.e.to_bytes(3)), "n": b64(NUMBERS.n.to_bytes(256))}

FORGED: dict[str, Forge] = {
    "no algorithm": lambda s: made({"alg": "none", "typ": "JWT"}, s.claims, None),
    "no algorithm, in capitals": lambda s: made({"alg": "None"}, s.claims, None),
    "no algorithm, odd capitals": lambda s: made({"alg": "nOnE"}, s.claims, None),
    "no algorithm, and a true signature": lambda s: s.signed(header={"alg": "none"}),
    "no algorithm named": lambda s: made({"typ": "JWT"}, s.claims, s.key),
    "an algorithm of null": lambda s: s.signed(header={"alg": None}),
    "an algorithm that is a list": lambda s: s.signed(header={"alg": ["HS256"]}),
    "another algorithm of the same key": lambda s: made({"alg": "HS512"}, s.claims, s.key, "sha512"),
    "another algorithm's name over a true signature": lambda s: s.signed(header={"alg": "HS384"}),
    "a signature by RSA": lambda s: rs256(s),
    "a signature by RSA, with its key in the header": lambda s: rs256(s, jwk=JWK),
    "a public key taken for a secret": lambda s: made({"alg": "HS256"}, s.claims, PUBLIC_PEM),
    "a key in the header": lambda s: s.signed(b"k" * 32, {"jwk": {"kty": "oct", "k": b64(b"k" * 32)}}),
    "a key named by a path": lambda s: s.signed(b"", {"kid": "../../../../dev/null"}),
    "a key named by a query": lambda s: s.signed(b"x", {"kid": "' UNION SELECT 'x"}),
    "a key named by a command": lambda s: s.signed(b"x", {"kid": "|cat /etc/passwd"}),
    "a key elsewhere": lambda s: s.signed(b"k" * 32, {"jku": "http://127.0.0.1:9/keys"}),
    "a certificate elsewhere": lambda s: s.signed(b"k" * 32, {"x5u": "http://127.0.0.1:9/certificate"}),
    "a certificate in the header": lambda s: s.signed(b"k" * 32, {"x5c": ["AAAA"]}),
    "an extension that must be understood": lambda s: s.signed(header={"crit": ["exp"], "exp": 1}),
    "a body that is not encoded": lambda s: s.signed(header={"b64": False, "crit": ["b64"]}),
    "an empty key": lambda s: s.signed(b""),
    "a key of zeros": lambda s: s.signed(b"\0" * 32),
    "the key of another sandbox": lambda s: s.stranger.token,
    "another signature": lambda s: PREFIX + ".".join([*parts(s)[:2], flipped(s.signature)]),
    "no signature": lambda s: PREFIX + ".".join([*parts(s)[:2], ""]),
    "half a signature": lambda s: PREFIX + ".".join([*parts(s)[:2], s.signature[:20]]),
    "a signature and more": lambda s: s.speaker.token + "AAAA",
    "two parts": lambda s: PREFIX + ".".join(parts(s)[:2]),
    "four parts": lambda s: s.speaker.token + ".AAAA",
    "another body": lambda s: PREFIX + ".".join([parts(s)[0], flipped(parts(s)[1]), s.signature]),
    "a broken header": lambda s: PREFIX + ".".join(["e30", *parts(s)[1:]]),
    "a body that is a list": lambda s: made(s.header, [s.claims], s.key),
    "a body that is a text": lambda s: made(s.header, "claims", s.key),
    "an encrypted token": lambda s: PREFIX + ".".join([b64(b'{"alg":"dir","enc":"A128GCM"}'), "", "a", "b", "c"]),
    "a token in a token": lambda s: made({"alg": "HS256", "cty": "JWT"}, s.speaker.token, s.key),
    "another issuer": lambda s: s.signed(iss="https://www.dailymotion.com"),
    "a list of issuers": lambda s: s.signed(iss=[s.claims["iss"]]),
    "no issuer": lambda s: s.signed(iss=None),
    "another audience": lambda s: s.signed(aud="report"),
    "no audience": lambda s: s.signed(aud=None),
    "no name": lambda s: s.signed(jti=None),
    "no end": lambda s: s.signed(exp=None),
    "an end that has passed": lambda s: s.signed(exp=START - SKEW_SECONDS - 1),
    "an end long ago": lambda s: s.signed(exp=0),
    "an end that is a text": lambda s: s.signed(exp="never"),
    "an end that is a list": lambda s: s.signed(exp=[9e9]),
    "an end that is no number": lambda s: s.signed(exp=float("nan")),
    "an end that never comes": lambda s: s.signed(exp=float("inf")),
    "an end that is true": lambda s: s.signed(exp=True),
    "a beginning to come": lambda s: s.signed(nbf=START + SKEW_SECONDS + 1),
    "a beginning that is a text": lambda s: s.signed(nbf="now"),
    "no prefix": lambda s: s.speaker.token.removeprefix(PREFIX),
    "another prefix": lambda s: s.speaker.token.replace("sandbox-", "sandbox_"),
    "two prefixes": lambda s: PREFIX + s.speaker.token,
    "a report's own token": lambda s: s.speaker.create(),
    "a refresh token's shape": lambda s: PREFIX + hashlib.sha256(b"x").hexdigest()[:32],
    "a very long token": lambda s: PREFIX + "A" * 60_000 + "." + "B" * 20_000 + "." + "C" * 10_000,
    "very many parts": lambda s: PREFIX + "." * 50_000,
    "letters beyond ASCII": lambda s: s.speaker.token + "é",
    "nothing but a prefix": lambda s: PREFIX,
    "nothing": lambda s: "",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused_everywhere(site: Site, name: str) -> None:
    site.speaker.sandbox.reset()
    assert not site.takes(FORGED[name](site))


def test_what_the_forgeries_are_made_from_is_taken(site: Site) -> None:
    assert site.takes(site.speaker.token)
    assert site.takes(site.signed())
    assert site.takes(site.signed(exp=START - SKEW_SECONDS + 1, nbf=START + SKEW_SECONDS))
    assert site.takes(site.signed(header={"kid": "whatever"}))


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "bearer x", "", "BearerX"])
def test_another_scheme_opens_nothing(site: Site, scheme: str) -> None:
    assert site.speaker.get("/auth", authorization=f"{scheme} {site.speaker.token}".strip()).status == 401


def test_a_report_is_opened_by_no_forged_report_token(site: Site) -> None:
    site.speaker.sandbox.reset()
    true = site.speaker.create()
    claims = jwt.decode(true.removeprefix(PREFIX), options={"verify_signature": False})
    forged = [
        made(site.header, claims, None),
        made({"alg": "none"}, claims, None),
        made(site.header, claims, b"k" * 32),
        made(site.header, claims | {"jti": "1"}, site.key),
        true + "A",
        site.stranger.create(),
    ]
    states = [site.speaker.graphql(READ, {"t": token}).json()["data"]["partner"]["reportFile"] for token in forged]
    assert states == [None] * len(forged)
    assert site.speaker.graphql(READ, {"t": true}).json()["data"]["partner"]["reportFile"]["id"]


def test_a_seal_outlives_its_end_by_the_skew_and_not_longer() -> None:
    sealer = Sealer(b"k" * 32)
    token = sealer.seal("access", "x", START, 10)
    assert sealer.opens("access", token, START + 10 + SKEW_SECONDS - 0.5, SKEW_SECONDS)
    assert not sealer.opens("access", token, START + 10 + SKEW_SECONDS, SKEW_SECONDS)
