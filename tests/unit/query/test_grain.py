"""What reports are asked by, so that their rows make the asked ones."""

from dailymotion_reports.query.grain import Grain, Lookup, grain, is_utc, tells_days

FULL = ("DAY", "VIDEO_ID", "PLAYER_ID", "PLAYLIST_ID", "VISITOR_COUNTRY", "VISITOR_DEVICE_TYPE", "ACTION")


def test_what_fits_is_asked_for_as_it_is() -> None:
    assert grain(("DAY", "MONTH", "VIDEO_TITLE"), 8, local=False) == Grain(("DAY", "MONTH", "VIDEO_TITLE"))


def test_weeks_quarters_and_years_are_made_of_days_or_of_hours_that_are_there() -> None:
    assert grain(("WEEK", "MEDIA_TYPE"), 8, local=False) == Grain(("DAY", "MEDIA_TYPE"))
    assert grain(("YEAR", "HOUR"), 8, local=False) == Grain(("HOUR",))
    assert grain(("QUARTER", "DAY"), 8, local=False) == Grain(("DAY",))


def test_days_of_a_time_zone_are_made_of_hours() -> None:
    assert grain(("DAY", "MONTH", "VIDEO_ID"), 8, local=True) == Grain(("HOUR", "VIDEO_ID"))
    assert grain((), 8, local=True) == Grain(("HOUR",)), "the edges of the days are hours"


def test_a_coarser_time_is_left_out_before_anything_is_looked_up() -> None:
    assert grain((*FULL, "MONTH", "VIDEO_TITLE"), 8, local=False) == Grain((*FULL, "VIDEO_TITLE"))


def test_what_follows_from_a_key_is_looked_up_by_as_few_keys_as_can_be() -> None:
    asked = (*FULL, "PLAYER_TITLE", "VIDEO_TITLE", "MEDIA_TYPE")
    assert grain(asked, 8, local=False) == Grain(
        (*FULL, "PLAYER_TITLE"), (Lookup("VIDEO_ID", ("VIDEO_TITLE", "MEDIA_TYPE")),)
    )


def test_what_follows_from_nothing_that_is_asked_stays() -> None:
    nine = ("DAY", "VIDEO_TITLE", "MEDIA_TYPE", "PLAYER_TITLE", "PLAYLIST_TITLE", "ACTION", "VISITOR_COUNTRY")
    asked = (*nine, "VISITOR_DEVICE_TYPE", "VISITOR_SUBDOMAIN")
    assert grain(asked, 8, local=False) == Grain(asked)


def test_a_month_does_not_tell_the_days_of_a_time_zone_apart() -> None:
    assert tells_days(["MONTH"], local=False)
    assert not tells_days(["MONTH", "DAY"], local=True)
    assert tells_days(["HOUR"], local=True)


def test_utc_goes_by_many_names() -> None:
    assert all(map(is_utc, ("UTC", "utc", "Etc/UTC", "GMT", "Zulu")))
    assert not is_utc("Europe/London")
