"""Which accounts names and patterns mean."""

import pytest

from dailymotion_reports.project.accounts import accounts, fitting_none

CONFIGURED = ("acme", "acme-sport", "acme-news", "zenith.tv", "z")


@pytest.mark.parametrize(
    ("profiles", "meant"),
    [
        (["acme-*"], ("acme-sport", "acme-news")),
        (["*"], CONFIGURED),
        (["?"], ("z",)),
        (["zenith?tv"], ("zenith.tv",)),
        (["acme-news", "acme*"], ("acme-news", "acme", "acme-sport")),
        (["acme", "acme"], ("acme",)),
        (["somebody"], ("somebody",)),
        ([], ()),
    ],
)
def test_a_pattern_means_those_that_it_fits_and_each_account_once(profiles: list[str], meant: tuple[str, ...]) -> None:
    assert accounts(profiles, CONFIGURED) == meant


@pytest.mark.parametrize("pattern", ["Acme*", "*.news", "[az]*", "acme-????"])
def test_a_pattern_knows_only_two_signs_and_takes_letters_as_they_are(pattern: str) -> None:
    assert accounts([pattern], CONFIGURED) == (("acme-news",) if pattern == "acme-????" else ())


def test_a_pattern_that_fits_none_is_answered_with_the_nearest_account() -> None:
    told = list(fitting_none(["acme*", "acne-spor*", "somebody"], CONFIGURED))
    assert told == ["no account is called 'acne-spor*'. Did you mean acme-sport?"]


def test_where_none_is_near_some_that_there_are_are_told() -> None:
    many = [f"account-{number}" for number in range(300)]
    (told,) = fitting_none(["x*"], many)
    assert told.endswith(
        "There is account-0, account-1, account-2, account-3, account-4, account-5, account-6, "
        "account-7, account-8 and 291 more."
    )
    assert list(fitting_none(["x*"], [])) == ["no account is called 'x*'. No account is configured."]
