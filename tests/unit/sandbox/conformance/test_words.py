"""Words of answers: those on the list stay, whatever they are joined to goes."""

import pytest

from dailymotion_reports.sandbox.conformance.words import LONGEST, kept, kept_name, plain_words


@pytest.mark.parametrize(
    "text",
    [
        "Invalid credentials.",
        "too_many_reports",
        "SignatureDoesNotMatch",
        "Value 'views' does not exist in 'PartnerReportMetric' enum. Did you mean the enum value 'VIEWS'?",
        "Syntax Error: Expected Name, found <EOF>.",
        "The body is not a GraphQL request in JSON.",
        "application/json; charset=utf-8",
        "private, max-age=0",
        "A report takes at most 8 dimensions, and 180 days.",
    ],
)
def test_words_that_explain_stay(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Channel lumen-news is unknown", "… is unknown"),
        ("The user jean.dupont@example.org is not allowed", "The user … is not allowed"),
        ("Report of Éclair not found", "Report of … not found"),
        ("You have 4711 reports", "You have … reports"),
        ("see https://example.org/report?token=abc", "see …"),
        ("Unknown video 'The report'", "Unknown video '…'"),
        ("Unknown name 'VIEWS'", "Unknown name 'VIEWS'"),
        ("eyJhbGciOi.eyJzdWIi.c2ln is expired", "… is expired"),
        ("sandbox-0123456789abcdef is invalid", "… is invalid"),
        ("日本語 is invalid – ok", "… is invalid … ok"),
        ("a\u202eb\x07 ok", "… ok"),
        ("report.private.json.com", "…"),
    ],
)
def test_whatever_else_there_is_goes(text: str, left: str) -> None:
    assert kept(text) == left


def test_a_word_of_the_list_does_not_save_what_it_is_joined_to() -> None:
    assert kept_name("video_news") == "…"
    assert kept_name("report-of-dupont") == "…"


def test_a_long_sentence_is_cut() -> None:
    assert len(kept("no report " * 200)) <= LONGEST


def test_the_list_holds_words_and_nothing_else() -> None:
    assert all(word == word.lower() and word.isascii() for word in plain_words())
    assert not plain_words() & {"lumen", "news", "dailymotion", "owner", "example", "org", "com"}
