"""Secrets stay out of everything that people read."""

import base64
import copy
import json
import pickle
import sys
import traceback
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.redaction import MASK, Secret, one_line, scrub, spellings

CANARY = "canary-7f3a"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
SECRET = Secret(CANARY)


@pytest.mark.parametrize(
    "shown",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET!r:>40}",
        f"{SECRET:>40}",
        "{}".format(SECRET),  # noqa: UP032  (this is the way in question)
        "%s %r" % (SECRET, SECRET),  # noqa: UP031
        str([SECRET]),
        str({"secret": SECRET}),
        repr((SECRET,)),
    ],
)
@pytest.mark.row("TM7")
def test_TM7_a_secret_shows_itself_in_no_text(shown: str) -> None:
    assert CANARY not in shown
    assert MASK in shown


@pytest.mark.row("TM7")
def test_TM7_a_secret_is_not_pickled_or_made_into_json_and_a_copy_is_itself() -> None:
    with pytest.raises(TypeError, match="not written to disk"):
        pickle.dumps(SECRET)
    assert copy.copy(SECRET) is SECRET
    assert copy.deepcopy({"key": SECRET})["key"] is SECRET
    with pytest.raises(TypeError):
        json.dumps({"secret": SECRET})
    assert CANARY not in json.dumps({"secret": SECRET}, default=str)


@pytest.mark.row("TM7")
def test_TM7_a_secret_in_a_traceback_with_locals_is_masked() -> None:
    def fails(key: Secret) -> None:
        raise RuntimeError(f"with {key}")

    with pytest.raises(RuntimeError) as caught:
        fails(SECRET)
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "key = Secret([secret])" in told
    assert CANARY not in told


def test_a_secret_has_no_dictionary_to_look_into() -> None:
    assert not hasattr(SECRET, "__dict__")


def test_the_value_comes_out_by_reveal_only() -> None:
    assert SECRET.reveal() == CANARY


def test_secrets_are_equal_by_value_and_never_equal_to_their_text() -> None:
    assert Secret(CANARY) == SECRET
    assert hash(Secret(CANARY)) == hash(SECRET)
    assert Secret("other") != SECRET
    assert SECRET != CANARY


def test_an_empty_secret_is_false_and_shows_that_it_is_empty() -> None:
    assert not Secret("")
    assert SECRET
    assert (repr(Secret("")), str(Secret(""))) == ("Secret()", "")


@pytest.mark.row("TM7")
def test_TM7_known_values_are_masked_wherever_they_stand() -> None:
    assert scrub(f"a{CANARY}b {CANARY}", [SECRET]) == f"a{MASK}b {MASK}"


@pytest.mark.row("TM7")
def test_TM7_the_longer_of_two_known_values_goes_first() -> None:
    assert scrub("hunter2hunter3", [Secret("hunter2"), Secret("hunter2hunter3")]) == MASK


def test_a_value_too_short_to_be_a_secret_garbles_no_text() -> None:
    assert scrub("a day of views", [Secret("a"), Secret("day"), Secret("")]) == "a day of views"


@pytest.mark.parametrize(
    ("text", "kept", "hidden"),
    [
        (f"token {JWT} refused", "token [secret] refused", JWT),
        (f"sandbox-{JWT}", MASK, JWT),
        ("Authorization: Bearer opaque-token-1", "Authorization: Bearer [secret]", "opaque-token-1"),
        ("authorization: bearer OPAQUE.token~1", "bearer [secret]", "OPAQUE"),
        (
            "client_id=key&client_secret=s%26hh&password=a+b%0A&grant_type=password",
            "client_id=key&client_secret=[secret]&password=[secret]&grant_type=password",
            "s%26hh",
        ),
        ("grant_type=refresh_token&refresh_token=r1-opaque", "refresh_token=[secret]", "r1-opaque"),
        ("CLIENT_SECRET=shout", "CLIENT_SECRET=[secret]", "shout"),
        ("https://storage.googleapis.com/b/f?Expires=1&Signature=c4n4ry", "/b/f?[secret]", "c4n4ry"),
        ("https://storage.googleapis.com/b/f_?Signature=c4n4ry", "f_?[secret]", "c4n4ry"),
        ("https://storage.googleapis.com/b/?X-Goog-Signature=c4n4ry", "/b/?[secret]", "c4n4ry"),
        ("GET https://h/f?a=1&X-Amz-Signature=c4n4ry HTTP/1.1", "?[secret] HTTP/1.1", "c4n4ry"),
        ("<https://h/f?token=c4n4ry>", "<https://h/f?[secret]>", "c4n4ry"),
        ("GET https://storage.googleapis.com/dailymotion-stats-report/0paque.csv", "report/[secret]", "0paque"),
    ],
)
@pytest.mark.row("TM7")
def test_TM7_what_has_the_shape_of_a_secret_is_masked(text: str, kept: str, hidden: str) -> None:
    assert kept in scrub(text)
    assert hidden not in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "Line 3 of report_1.csv cannot be read",
        "https://graphql.api.dailymotion.com/oauth/token",
        "Did you mean VIEWS? No = nothing.",
        "2023-07-01..2023-07-04",
    ],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert scrub(text, [SECRET]) == text


@given(st.text(min_size=4, max_size=20), st.text(max_size=20), st.text(max_size=20))
@pytest.mark.row("TM7")
def test_TM7_no_known_value_survives_whatever_stands_around_it(value: str, before: str, after: str) -> None:
    assert value not in scrub(before + value + after, [Secret(value)]).replace(MASK, "\0")


@pytest.mark.row("TM20")
def test_TM20_one_line_is_one_line_and_shows_control_characters() -> None:
    assert one_line("a\x1b[31m\r\nb\tc\x00\x9b") == r"a\x1b[31m b c\x00\x9b"


@pytest.mark.row("TM20")
def test_TM20_one_line_shows_direction_marks_and_half_characters() -> None:
    shown = one_line("\u202egnp.exe\u2028\ud800")
    assert shown.isprintable()
    assert shown == r"\x202egnp.exe\x2028\xd800"


def test_one_line_keeps_letters_of_every_script() -> None:
    assert one_line("Été à Zürich 東京 😀") == "Été à Zürich 東京 😀"


def test_one_line_is_cut_where_it_is_too_long() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 299 + "…"
    assert one_line("abcdef", 4) == "abc…"


@given(st.text())
@pytest.mark.row("TM20")
def test_TM20_one_line_of_any_text_is_printable_and_short(text: str) -> None:
    shown = one_line(text, 50)
    assert shown.isprintable()
    assert len(shown) <= 50


def test_redaction_imports_nothing_of_ours() -> None:
    module = sys.modules[Secret.__module__]
    ours = [v for v in vars(module).values() if getattr(v, "__module__", "").startswith("dailymotion_reports")]
    assert {v.__module__ for v in ours} == {"dailymotion_reports.redaction"}


@given(st.text(min_size=8, max_size=40), st.binary(max_size=4), st.binary(max_size=4))
@pytest.mark.row("TM7")
def test_TM7_a_secret_is_found_however_it_is_written_and_wherever_it_stands(
    value: str, before: bytes, behind: bytes
) -> None:
    secret = [Secret(value)]
    for written in (quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1], value):
        assert scrub(f"<{written}>", secret) == f"<{MASK}>"
    packed = base64.b64encode(before + value.encode() + behind)
    cleaned = scrub(packed.decode(), secret)
    assert MASK in cleaned
    telling = 8 * len(value.encode()) // 6 - 1
    assert len(cleaned.replace(MASK, "")) <= len(packed) - telling, "what is left is of what stands round it"


def test_what_is_too_short_to_be_told_from_words_is_left_alone() -> None:
    assert spellings("abc") == frozenset()
    assert scrub("an abc of things, YWJj", [Secret("abc")]) == "an abc of things, YWJj"
    assert scrub("postgres://dmr:pw@db.example.com/x", []) == f"postgres://{MASK}@db.example.com/x"
