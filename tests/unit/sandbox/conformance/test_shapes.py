"""Shapes of answers: what kind of thing stands where."""

import json
from typing import Any

import pytest

from dailymotion_reports.sandbox.conformance.shapes import answer_shape, body_shape, json_shape, other_headers, pattern
from dailymotion_reports.wire.http import Response


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"a": 1, "b": 1.5}, {"a": "integer", "b": "decimal"}),
        ({"id": None, "name": "x", "link": ""}, {"id": None, "name": "text", "link": "empty text"}),
        ([1, 2, "x", 3], ["integer", "text"]),
        ([], []),
        ({"hasNextPage": True}, {"hasNextPage": "boolean"}),
        ({"nextPage": 2}, {"nextPage": "integer or null"}),
        ({"nextPage": None}, {"nextPage": "integer or null"}),
        ({"status": "FINISHED"}, {"status": "says: FINISHED"}),
        ({"status": ""}, {"status": "empty text"}),
        ({"message": "Dupont is not allowed"}, {"message": "says: … is not allowed"}),
        ({"lumen-news": {"dupont": 1}}, {"…": {"…": "integer"}}),
    ],
)
def test_values_become_their_kinds(value: Any, shape: Any) -> None:
    assert json_shape(value) == shape


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2026-01-15T12:00:00+00:00", "9999-99-99T99:99:99+99:99"),
        ("2026-01-15T12:00:00.123Z", "9999-99-99T99:99:99.999Z"),
        ("2026-01-15", "9999-99-99"),
        ("https://storage.example/x?Signature=abc", "link"),
        ("aaaa.bbbb.cccc", "token of three parts"),
        ("sandbox-aaaa.bbbb.cccc", "token of three parts"),
        ("", "empty text"),
        ("12", "text"),
    ],
)
def test_texts_become_their_patterns(text: str, kind: str) -> None:
    assert pattern(text) == kind


@pytest.mark.parametrize(
    ("body", "kind", "shape"),
    [
        (b"", "text/plain", "nothing"),
        (b"<!DOCTYPE html><html>", "text/html", "HTML"),
        (b"what", "text/plain", "text"),
        (
            b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>dupont.csv</Message></Error>",
            "application/xml",
            {"xml": {"elements": ["Error", "Code", "Message"], "code": "NoSuchKey"}},
        ),
        (
            b"<Error><Code>Dupont</Code></Error>",
            "application/xml",
            {"xml": {"elements": ["Error", "Code"], "code": "…"}},
        ),
    ],
)
def test_bodies_that_are_no_json_are_named(body: bytes, kind: str, shape: Any) -> None:
    assert body_shape(Response(400, {"content-type": kind}, body)) == shape


def test_headers_are_kept_by_kind() -> None:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "ETag": '"abcdef"',
        "X-Goog-Hash": "crc32c=AAAA==,md5=BBBB==",
        "WWW-Authenticate": 'Bearer realm="Dupont TV", error="invalid_token", error_description="for Dupont"',
        "Date": "now",
        "X-RateLimit-Remaining": "17",
        "X-Dupont": "1",
    }
    told = answer_shape(Response(401, headers, b""))["headers"]
    assert told == {
        "content-type": "application/json; charset=utf-8",
        "etag": "there",
        "x-goog-hash": "crc32c md5",
        "www-authenticate": 'Bearer error="invalid_token" error_description="…" realm="…"',
    }
    assert other_headers(headers) == ["x-ratelimit-remaining"]


def test_the_order_of_members_does_not_matter() -> None:
    assert json_shape([1, "x"]) == json_shape(["y", 2])
    assert json.dumps(json_shape({"b": 1, "a": 1})) == json.dumps(json_shape({"a": 2, "b": 2}))
