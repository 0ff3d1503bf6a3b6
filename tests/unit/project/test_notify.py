"""What is told of runs: once when it begins, once a day while it lasts, once when it has ended."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports import errors
from dailymotion_reports.cli.exits import SETTINGS, code_of
from dailymotion_reports.project.message import LINES, message_of, trial_of
from dailymotion_reports.project.news import Key, Looked, News, Place, Seen, needs_a_person
from dailymotion_reports.project.noted import AGAIN, FORGOTTEN, Noted
from dailymotion_reports.project.notifiers import KINDS, Kind
from dailymotion_reports.project.notify import decide
from dailymotion_reports.query.period import Window

NOW = datetime(2026, 11, 3, 7, tzinfo=UTC)
FIVE = timedelta(minutes=5)
DAYS = Window(date(2026, 10, 1), date(2026, 10, 10))


def failed(dataset: str = "views", code: str = "api.query_refused", kind: Kind = "failure", **more: Any) -> News:
    return replace(News(kind, dataset, "acme", "It was refused.", DAYS, code), **more)


def looked(*datasets: str, window: Window | None = None, kind: Kind = "failure", behind: bool = False) -> list[Looked]:
    return [Looked(Place.of(kind, one, "acme", behind=behind), window) for one in datasets or ("views",)]


@dataclass
class Told:
    """A notifier over several runs; its notes go through JSON each time, as through a file."""

    on: Sequence[Kind] = KINDS
    noted: Noted = field(default_factory=Noted)
    now: datetime = NOW

    def run(
        self, *news: News, at: Iterable[Looked] | None = None, after: timedelta = FIVE, arrives: bool = True
    ) -> list[tuple[str, str, str]]:
        self.now += after
        seen = Seen(news, tuple(looked() if at is None else at))
        decision = decide(self.on, self.noted, seen, self.now)
        kept = decision.told if arrives or not decision.news else decision.untold
        self.noted = Noted.of_json(json.loads(json.dumps(kept.as_json())))
        assert self.noted == kept
        return [(one.kind, one.dataset, one.code) for one in decision.news]


BEGUN, OVER = ("failure", "views", "api.query_refused"), ("recovery", "views", "api.query_refused")


def test_a_trouble_is_told_when_it_begins_and_once_when_it_is_over() -> None:
    told = Told()
    assert [told.run(failed()), told.run(failed()), told.run(), told.run()] == [[BEGUN], [], [OVER], []]


def test_a_trouble_that_lasts_is_told_again_after_a_day_and_not_before() -> None:
    told = Told()
    runs = [told.run(failed(), after=timedelta(minutes=5)) for _ in range(2 * 24 * 12 + 1)]
    day = AGAIN // timedelta(minutes=5)
    assert [number for number, one in enumerate(runs) if one] == [0, day, 2 * day]


def test_a_daily_run_that_is_a_little_early_tells_of_a_trouble_that_lasts_all_the_same() -> None:
    told = Told()
    early = timedelta(days=1, minutes=-9)
    assert [told.run(failed(), after=early) for _ in range(4)] == [[BEGUN]] * 4


def test_a_trouble_that_comes_and_goes_is_told_once_a_day_and_its_end_once() -> None:
    told = Told()
    runs = [told.run(*([failed()] if number % 2 == 0 else [])) for number in range(AGAIN // timedelta(minutes=5))]
    assert [one for one in runs if one] == [[BEGUN], [OVER]]
    assert told.run(failed()) == [BEGUN]


def test_what_came_back_within_a_day_and_stayed_is_told_when_the_day_is_over() -> None:
    told = Told()
    told.run(failed())
    told.run()
    assert told.run(failed()) == []
    assert told.run(failed(), after=AGAIN) == [BEGUN]
    assert told.run() == [OVER]


def test_a_dataset_that_a_run_did_not_look_at_is_neither_over_nor_told() -> None:
    told = Told()
    told.run(failed(), failed("earnings"))
    assert told.run(at=looked("earnings")) == [("recovery", "earnings", "api.query_refused")]
    assert told.run(at=looked("earnings")) == []
    assert told.run(at=looked("views", "earnings")) == [OVER]


def test_days_that_a_run_did_not_look_at_may_be_wrong_still() -> None:
    told = Told()
    told.run(failed(window=Window(date(2026, 10, 5), date(2026, 10, 8))))
    told.run(failed(window=Window(date(2026, 10, 1), date(2026, 10, 5))))
    assert told.run(at=looked(window=Window(date(2026, 10, 2), date(2026, 12, 1)))) == []
    parts = [Window(date(2026, 10, 4), date(2026, 10, 8)), Window(date(2026, 10, 1), date(2026, 10, 3))]
    assert told.run(at=[one for window in parts for one in looked(window=window)]) == [OVER]


def test_what_the_past_meets_is_not_over_because_today_is_well() -> None:
    told = Told()
    assert told.run(failed(behind=True), at=[]) == [BEGUN]
    assert told.run() == []
    assert told.run(at=looked(behind=True, window=DAYS)) == [OVER]


def test_a_dataset_that_fails_in_another_way_is_not_over() -> None:
    told = Told()
    told.run(failed())
    parked = failed(kind="parked", code="api.not_authenticated")
    assert told.run(parked) == [("parked", "views", "api.not_authenticated")]
    assert told.run() == [OVER, ("recovery", "views", "api.not_authenticated")]


def test_who_could_not_be_told_is_told_by_the_next_run() -> None:
    told = Told()
    assert told.run(failed(), arrives=False) == [BEGUN]
    assert told.run(failed()) == [BEGUN]
    assert told.run(arrives=False) == [OVER]
    assert told.run() == [OVER]
    assert told.run() == []


def test_an_event_is_kept_until_it_was_told_and_is_never_over() -> None:
    told, event = Told(), failed(kind="restated", code="restated")
    assert told.run(event, arrives=False) == [("restated", "views", "restated")]
    assert told.run() == [("restated", "views", "restated")]
    assert told.run(event) == []
    other = replace(event, window=Window(date(2026, 9, 1), date(2026, 9, 1)))
    assert told.run(other) == [("restated", "views", "restated")]
    assert told.run(at=looked(kind="restated"), after=AGAIN * 2) == []
    assert told.noted == Noted()


def test_only_the_kinds_that_are_wanted_are_told() -> None:
    told = Told(on=("parked",))
    assert told.run(failed()) == []
    parked = failed(kind="parked", code="settings.invalid")
    assert told.run(parked) == [("parked", "views", "settings.invalid")]
    assert told.run() == []
    assert told.run(parked, after=AGAIN) == [("parked", "views", "settings.invalid")]


def test_missing_days_of_what_was_not_loaded_are_not_told_twice() -> None:
    hole = failed(kind="hole", code="coverage.missing")
    assert Told().run(failed(), hole) == [BEGUN]
    assert Told(on=("hole",)).run(failed(), hole) == [("hole", "views", "coverage.missing")]
    assert Told().run(failed("earnings"), hole) == [
        ("failure", "earnings", "api.query_refused"),
        ("hole", "views", "coverage.missing"),
    ]


def test_a_trouble_whose_dataset_is_gone_is_forgotten() -> None:
    told = Told()
    told.run(failed())
    told.run(at=[], after=FORGOTTEN)
    assert told.noted == Noted()


def test_a_clock_that_was_set_back_silences_nobody() -> None:
    told = Told()
    told.run(failed())
    assert told.run(failed(), after=timedelta(days=-50)) == [BEGUN]


NOTES: list[dict[str, object]] = [
    {"kind": "rumour", "told": "2026-11-03T07:00:00+00:00", "dataset": "", "profile": "", "code": "", "window": None}
]


@pytest.mark.parametrize("value", [{}, [], None, {"notes": [1], "waiting": []}, {"notes": NOTES, "waiting": []}])
def test_notes_that_are_none_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no notes"):
        Noted.of_json(value)


def test_what_needs_a_person_is_what_ends_a_command_with_3() -> None:
    codes = {getattr(errors, name).code for name in errors.__all__ if name[0].isupper() and name != "Retry"}
    assert {code for code in codes if needs_a_person(code)} == {code for code in codes if code_of(code) == SETTINGS}


TROUBLES = [failed(name, code) for name in ("views", "earnings") for code in ("api.query_refused", "load.refused")]
RUN = st.tuples(
    st.sets(st.sampled_from(range(len(TROUBLES)))),
    st.sets(st.sampled_from(["views", "earnings"])),
    st.sampled_from([timedelta(minutes=5), timedelta(hours=1), timedelta(hours=7), timedelta(hours=24)]),
    st.booleans(),
)


@given(st.lists(RUN, max_size=40))
def test_over_any_runs_nothing_is_told_twice_a_day_and_each_end_once(
    runs: list[tuple[set[int], set[str], timedelta, bool]],
) -> None:
    told, last, begun = Told(), dict[Key, datetime](), set[Key]()
    for numbers, datasets, after, arrives in runs:
        news = [TROUBLES[number] for number in sorted(numbers) if TROUBLES[number].dataset in datasets]
        sent = told.run(*news, at=looked(*datasets) if datasets else [], after=after, arrives=arrives)
        assert len(sent) == len(set(sent))
        if arrives:
            for kind, dataset, code in sent:
                key = failed(dataset, code).key
                if kind == "recovery":
                    begun.remove(key)
                else:
                    assert told.now - last.get(key, datetime.min.replace(tzinfo=UTC)) >= AGAIN
                    last[key] = told.now
                    begun.add(key)
            wrong, seen = {one.key for one in news}, {one.place for one in news}
            assert all(told.now - last[key] < AGAIN for key in wrong)
            assert not [key for key in begun if key[0].dataset in datasets and key[0] not in seen]


def test_a_message_says_what_where_why_and_what_helps() -> None:
    news = [
        failed("earnings", "api.not_authenticated", "parked", next="dmr auth login --profile acme", window=None),
        failed(),
        failed("devices"),
        failed(kind="recovery"),
    ]
    message = message_of("reports", news, NOW)
    assert message.text.splitlines() == [
        "dmr, reports: 1 needs you, 2 not loaded, 1 over",
        "",
        "Needs you: earnings, acme: It was refused. (api.not_authenticated)",
        "  Next: dmr auth login --profile acme",
        "Not loaded: views, devices, 2026-10-01..2026-10-10, acme: It was refused. (api.query_refused)",
        "Over: views, 2026-10-01..2026-10-10, acme: It was refused.",
    ]


def test_a_message_as_json_has_a_shape_that_stays() -> None:
    told = json.loads(message_of("reports", [failed(next="dmr status")], NOW).json())
    assert told == {
        "project": "reports",
        "at": "2026-11-03T07:00:00+00:00",
        "news": [
            {
                "kind": "failure",
                "dataset": "views",
                "profile": "acme",
                "window": "2026-10-01..2026-10-10",
                "code": "api.query_refused",
                "message": "It was refused.",
                "next": "dmr status",
            }
        ],
    }
    (test,) = json.loads(trial_of("reports", NOW).json())["news"]
    assert test["kind"] == "test"


def test_a_message_to_slack_calls_nobody() -> None:
    (text,) = json.loads(message_of("reports", [failed(message="<!channel> & more")], NOW).slack()).values()
    assert "&lt;!channel&gt; &amp; more" in text


def test_a_message_is_as_long_as_may_be_read_and_says_how_much_more_there_is() -> None:
    news = [failed(message=f"Refused {number}.", next="dmr status") for number in range(200)]
    lines = message_of("reports", news, NOW).lines
    assert (len(lines), lines[-1]) == (LINES + 1, "and 190 more")


def test_what_a_server_wrote_stays_on_its_line() -> None:
    message = message_of("reports", [failed(message="one\ntwo\x1b[31m\u202ethree")], NOW)
    assert len(message.lines) == 1
    assert not {"\x1b", "\u202e"} & set(message.text)
