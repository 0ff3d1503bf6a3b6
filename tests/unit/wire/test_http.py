"""Requests and responses: what they carry, and what they never show."""

import dataclasses

import pytest

from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response

TOKEN = Secret("canary-bearer-9d1f")


def test_a_bearer_is_added_to_a_copy_and_the_first_request_stays_unsigned() -> None:
    plain = Request("POST", "https://api.example/", {"accept": "text/csv"}, b"body", repeatable=False)
    signed = plain.with_bearer(TOKEN)
    assert plain.header_lines() == {"accept": "text/csv"}
    assert signed.header_lines() == {"accept": "text/csv", "authorization": "Bearer canary-bearer-9d1f"}
    assert dataclasses.replace(signed, bearer=None) == plain


def test_header_names_go_out_in_lower_case_and_the_bearer_wins_over_a_header() -> None:
    signed = Request("GET", "https://api.example/", {"Authorization": "Basic x", "ACCEPT": "y"}).with_bearer(TOKEN)
    assert signed.header_lines() == {"authorization": "Bearer canary-bearer-9d1f", "accept": "y"}


def test_an_empty_bearer_is_no_header() -> None:
    assert Request("GET", "https://api.example/").with_bearer(Secret("")).header_lines() == {}


def test_neither_body_nor_bearer_is_shown() -> None:
    shown = repr(Request("POST", "https://api.example/", {}, b"client_secret=canary-body").with_bearer(TOKEN))
    assert "canary" not in shown
    assert "https://api.example/" in shown
    assert "canary" not in repr(Response(200, {}, b"canary"))


@pytest.mark.parametrize(
    ("value", "media_type"),
    [
        ("text/html; charset=utf-8", "text/html"),
        (" Application/JSON ", "application/json"),
        ("text/csv", "text/csv"),
        ("", ""),
    ],
)
def test_the_media_type_is_the_content_type_without_its_parameters(value: str, media_type: str) -> None:
    assert Response(200, {"content-type": value}).media_type == media_type


def test_a_header_that_is_not_there_is_an_empty_text() -> None:
    response = Response(200, {"retry-after": "3"})
    assert response.header("retry-after") == "3"
    assert response.header("date") == ""


def test_a_glimpse_tells_status_type_and_length_and_no_content() -> None:
    assert Response(502, {"content-type": "text/html; x=y"}, b"<h1>canary</h1>").glimpse() == (
        "HTTP 502, text/html, 15 bytes"
    )
    assert Response(204).glimpse() == "HTTP 204, no content type, 0 bytes"
