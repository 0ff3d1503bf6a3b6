"""Every metric by every dimension: reports say what truth says, and the figures keep the laws of such figures."""

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.sandbox import answers, measures, truth_metrics
from dailymotion_reports.sandbox.answers import compute
from dailymotion_reports.sandbox.figures import ASSUMED, FACTS, FAMILIES, FactName, levels
from dailymotion_reports.sandbox.measures import MEASURES, assumed
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.sandbox.world import World

Rows = list[list[str]]
TODAY = date(2023, 7, 12)
CATALOG = load_catalog()
SEED = 20261125
QUESTIONS = 60


@dataclass(frozen=True)
class Question:
    """One question, over four days if nothing else is said."""

    metrics: tuple[str, ...] = ("VIEWS",)
    dimensions: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    product: str = "CONTENT"
    start: date = date(2023, 7, 1)
    end: date = date(2023, 7, 4)


@pytest.fixture(scope="module")
def settled() -> Iterator[World]:
    with World(today=TODAY, scale="tiny") as made:
        yield made


@pytest.fixture(scope="module")
def restating() -> Iterator[World]:
    with World(today=TODAY, scale="tiny", restating=True) as made:
        yield made


def read(text: str) -> Rows:
    return list(csv.reader(io.StringIO(text, newline="")))


def answer(world: World, question: Question, folder: Path, as_of: date = TODAY) -> Rows:
    (part,) = compute(world, question, folder, 10**9, as_of=as_of, empty="header-only")
    return read(part.path.read_bytes().decode())


def truth(world: World, question: Question, as_of: date = TODAY) -> Rows:
    return read(
        truth_csv(
            world,
            question.metrics,
            question.dimensions,
            question.start,
            question.end,
            question.product,
            tuple(question.filters.values()),
            as_of,
        )
    )


def offered(metrics: tuple[str, ...]) -> list[str]:
    """The dimensions by which all of these metrics can be asked."""
    facts = {FAMILIES[one.family][0] for name in metrics for one in MEASURES[name].sums}
    return [name for name in CATALOG.dimensions if all(name in FACTS[fact].dimensions for fact in facts)]


def drawn(chance: random.Random) -> Question:
    """A question that nobody has thought of."""
    metrics = tuple(chance.sample(sorted(MEASURES), chance.randint(1, 4)))
    names = offered(metrics)
    start = TODAY - timedelta(days=chance.randint(1, 25))
    return Question(
        metrics,
        tuple(chance.sample(names, min(len(names), chance.randint(0, 4)))),
        chance.choice(({}, {}, {"videoOwnerChannelSlug": "lumen-news"}, {"videoOwnerChannelSlug": "orbite-tv"})),
        chance.choice(CATALOG.products),
        start,
        start + timedelta(days=chance.randint(0, 14)),
    )


@pytest.mark.parametrize("kind", ["settled", "restating"])
def test_random_questions_are_answered_as_truth_does(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance, world = random.Random(SEED), request.getfixturevalue(kind)
    filled = 0
    for _ in range(QUESTIONS):
        question, as_of = drawn(chance), TODAY - timedelta(days=chance.choice((0, 0, 3)))
        found = answer(world, question, tmp_path, as_of)
        assert found == truth(world, question, as_of), question
        filled += len(found) > 1
    assert filled > QUESTIONS // 2


def test_every_metric_and_every_dimension_of_the_catalogue_can_be_asked(settled: World, tmp_path: Path) -> None:
    assert set(MEASURES) == set(truth_metrics.METRICS) == set(CATALOG.metrics)
    asked = set()
    for metric in MEASURES:
        names = [name for name in offered((metric,)) if CATALOG.fit(metric, name) != "denied"]
        whole = Question((metric,), start=date(2022, 7, 1), product="ALL")
        assert answer(settled, whole, tmp_path)[1][0] not in ("", "0", "0.000000"), metric
        asked |= {name for name in names if CATALOG.fit(metric, name) != "unknown" or assumed(metric, name)}
    assert asked == set(CATALOG.dimensions)


@pytest.mark.parametrize(
    ("id", "names"),
    [
        ("VIDEO_ID", ("VIDEO_TITLE", "CONTENT_TAG_LIST", "MEDIA_TYPE", "VIDEO_OWNER_CHANNEL_SLUG", "CONTENT_TYPE")),
        ("PLAYLIST_ID", ("PLAYLIST_TITLE", "PLAYLIST_TYPE")),
        ("PLAYER_ID", ("PLAYER_TITLE", "PLAYER_TYPE")),
        ("PUBLISHER_ID", ("PUBLISHER_CHANNEL", "PUBLISHER_OR_PARENT_USERNAME")),
    ],
)
def test_what_an_id_stands_for_follows_from_it(settled: World, id: str, names: tuple[str, ...]) -> None:
    ids, told = (truth(settled, Question(dimensions=one, product="ALL")) for one in ((id,), (id, *names)))
    assert [row[0] for row in told] == [row[0] for row in ids]
    assert len(told) > 5


def test_titles_that_change_are_those_of_the_day_in_reports_and_in_truth(tmp_path: Path) -> None:
    metrics = ("VIEWS", "AVERAGE_WATCH_TIME_SEC", "STORAGE_USED_BYTES", "TRANSCODING_USED_VOD_SECONDS")
    question = Question(metrics, ("VIDEO_ID", "VIDEO_TITLE"), start=date(2023, 5, 20), end=date(2023, 7, 4))
    with World(today=TODAY, scale="tiny", retitled=True) as world:
        found = answer(world, question, tmp_path)
        assert found == truth(world, question)
    assert max(Counter(row[0] for row in found).values()) == 3


@pytest.mark.parametrize("product", ["CONTENT", "EMBED"])
@pytest.mark.parametrize("dimensions", [("DAY",), ("DAY", "VIDEO_ID"), ("CHANNEL_SLUG", "MEDIA_TYPE")])
def test_one_truth_is_the_full_outer_join_of_reports_with_0_or_for_ratios_nothing_where_a_row_is_missing(
    settled: World, tmp_path: Path, dimensions: tuple[str, ...], product: str
) -> None:
    zeros = {
        "VIEWS": "0",
        "AVERAGE_WATCH_TIME_SEC": "",
        "LIVE_VIEWERS": "0",
        "UPLOADS": "0",
        "NO_AD_RATE": "",
        "NO_ADS": "0",
    }
    zeros |= {"ESTIMATED_EARNINGS_EUR": "0.000000", "STORAGE_USED_BYTES": "0", "TRANSCODING_USED_VOD_SECONDS": "0"}
    joined: dict[tuple[str, ...], dict[str, str]] = {}
    for metric in zeros:
        for *key, cell in answer(settled, Question((metric,), dimensions, product=product), tmp_path)[1:]:
            joined.setdefault(tuple(key), dict(zeros))[metric] = cell
    whole = Question(tuple(zeros), dimensions, product=product)
    assert truth(settled, whole)[1:] == [[*key, *joined[key].values()] for key in sorted(joined)]


@pytest.mark.parametrize("fact", FACTS)
def test_each_dimension_divides_something(fact: FactName, settled: World, tmp_path: Path) -> None:
    metrics = {
        "events": ("TOTAL_INVENTORY",),
        "uploads": ("UPLOADS",),
        "transcoding": ("TRANSCODING_USED_LIVE_SECONDS", "TRANSCODING_USED_VOD_SECONDS"),
        "storage": ("STORAGE_USED_BYTES",),
    }
    for name in FACTS[fact].dimensions:
        start = date(2018, 1, 1) if fact == "uploads" else date(2022, 7, 1)
        rows = answer(settled, Question(metrics[fact], (name,), {}, "ALL", start), tmp_path)[1:]
        assert len({row[0] for row in rows}) == len(rows), name
        alone = fact in ("uploads", "storage") and name == "MEDIA_TYPE"  # live programmes are not stored
        assert len(rows) > 1 or alone, name


ADDED = ("VIEWS", "TIME_WATCHED_SECONDS", "ESTIMATED_EARNINGS_EUR", "TOTAL_INVENTORY", "NB_IMPRESSION",
         "HIGH_VIEWABLE_IMPRESSIONS", "BANDWIDTH_USED_VOD_BYTES")  # fmt: skip


def total(rows: Rows, column: int) -> Decimal:
    return sum((Decimal(row[column]) for row in rows[1:]), Decimal(0))


@pytest.mark.parametrize("dimension", [name for name in FACTS["events"].dimensions if name != "CONTENT_TAG"])
def test_what_may_be_added_adds_up_to_the_whole_over_any_dimension_that_does_not_fan_out(
    dimension: str, settled: World, tmp_path: Path
) -> None:
    whole = answer(settled, Question(ADDED), tmp_path)[1]
    parts = answer(settled, Question(ADDED, (dimension,)), tmp_path)
    assert [total(parts, place + 1) for place in range(len(ADDED))] == [Decimal(cell) for cell in whole]


def test_tags_fan_out_so_that_their_sum_exceeds_the_whole(settled: World, tmp_path: Path) -> None:
    (whole,) = answer(settled, Question(), tmp_path)[1]
    assert total(answer(settled, Question(dimensions=("CONTENT_TAG",)), tmp_path), 1) > int(whole)


def test_the_documented_formulas_hold_in_every_row(settled: World, tmp_path: Path) -> None:
    names = ("TOTAL_INVENTORY", "NO_ADS", "SELLABLE_INVENTORY", "NB_IMPRESSION", "NB_MISSED_IMPRESSION", "NO_FILLS",
             "AD_ERRORS", "TIMEOUTS", "FILL_RATE", "NO_AD_RATE", "VIEWS", "TIME_WATCHED_SECONDS",
             "AVERAGE_WATCH_TIME_SEC", "ESTIMATED_EARNINGS_EUR", "ECPM_EUR")  # fmt: skip
    rows = answer(settled, Question(names, ("DAY", "VIDEO_ID"), end=date(2023, 7, 9)), tmp_path)[1:]
    assert len(rows) > 300
    for row in rows:
        told = dict(zip(names, row[2:], strict=True))
        known = {name: Decimal(cell or 0) for name, cell in told.items()}
        assert known["SELLABLE_INVENTORY"] == known["TOTAL_INVENTORY"] - known["NO_ADS"]
        assert known["NB_MISSED_IMPRESSION"] == known["SELLABLE_INVENTORY"] - known["NB_IMPRESSION"]
        assert known["NB_MISSED_IMPRESSION"] == known["NO_FILLS"] + known["AD_ERRORS"] + known["TIMEOUTS"]
        for ratio, above, below, times in (
            ("FILL_RATE", "NB_IMPRESSION", "SELLABLE_INVENTORY", 1),
            ("NO_AD_RATE", "NO_ADS", "TOTAL_INVENTORY", 1),
            ("AVERAGE_WATCH_TIME_SEC", "TIME_WATCHED_SECONDS", "VIEWS", 1),
            ("ECPM_EUR", "ESTIMATED_EARNINGS_EUR", "NB_IMPRESSION", 1000),
        ):
            exact = known[above] * times / known[below] if known[below] else None
            assert told[ratio] == ("" if exact is None else f"{exact:.6f}"), row


def test_levels_are_not_added_up_over_days(settled: World, tmp_path: Path) -> None:
    days = Question(("STORAGE_USED_BYTES",), ("DAY",), start=date(2023, 5, 30), end=date(2023, 7, 4))
    by_day = dict(answer(settled, days, tmp_path)[1:])
    months = Question(("STORAGE_USED_BYTES",), ("MONTH",), start=days.start, end=days.end)
    whole = Question(("STORAGE_USED_BYTES",), start=days.start, end=days.end)
    assert answer(settled, months, tmp_path)[1:] == [
        ["2023-05", by_day["2023-05-31"]],
        ["2023-06", by_day["2023-06-30"]],
        ["2023-07", by_day["2023-07-04"]],
    ]
    assert answer(settled, whole, tmp_path)[1:] == [[by_day["2023-07-04"]]]
    assert levels(days.start, days.end, ("MONTH",)) == [date(2023, 5, 31), date(2023, 6, 30), date(2023, 7, 4)]


def test_viewers_of_live_programmes_do_not_add_up(settled: World, tmp_path: Path) -> None:
    (whole,) = answer(settled, Question(("LIVE_VIEWERS",), end=date(2023, 7, 9)), tmp_path)[1]
    by_day = answer(settled, Question(("LIVE_VIEWERS",), ("DAY",), end=date(2023, 7, 9)), tmp_path)
    assert 0 < int(whole) < total(by_day, 1)


def figures(world: World, metric: str, as_of: date, folder: Path) -> Mapping[str, Decimal]:
    question = Question((metric,), ("DAY",), start=date(2023, 6, 1), end=date(2023, 7, 9))
    return {day: Decimal(figure) for day, figure in answer(world, question, folder, as_of)[1:]}


def test_figures_of_recent_days_move_and_earnings_longer_than_views(restating: World, tmp_path: Path) -> None:
    def moved(metric: str) -> set[str]:
        before, after = (figures(restating, metric, day, tmp_path) for day in (date(2023, 7, 10), date(2023, 7, 12)))
        return {day for day in after if before.get(day) != after[day]}

    views, money = moved("VIEWS"), moved("ESTIMATED_EARNINGS_EUR")
    assert views
    assert min(views) > "2023-06-30"
    assert min(money) < min(views)
    assert len(money) > len(views)


def test_figures_grow_and_some_are_taken_back(restating: World, tmp_path: Path) -> None:
    day = "2023-07-02"
    told = [figures(restating, "VIEWS", date(2023, 7, 3) + timedelta(days=n), tmp_path)[day] for n in range(9)]
    assert max(told) > told[0]
    assert told[-1] < max(told), "what was found to be invalid is gone"


def test_what_is_asked_today_says_nothing_of_what_is_known_tomorrow(restating: World, tmp_path: Path) -> None:
    now = figures(restating, "VIEWS", date(2023, 7, 5), tmp_path)
    with World(today=date(2023, 7, 5), scale="tiny", restating=True) as then:
        assert figures(then, "VIEWS", date(2023, 7, 5), tmp_path) == now
    assert max(now) == "2023-07-04"


def test_a_settled_world_says_the_same_whenever_it_is_asked(settled: World, tmp_path: Path) -> None:
    early = figures(settled, "ESTIMATED_EARNINGS_EUR", date(2023, 7, 5), tmp_path)
    late = figures(settled, "ESTIMATED_EARNINGS_EUR", TODAY, tmp_path)
    assert early == {day: figure for day, figure in late.items() if day <= "2023-07-04"}


def test_a_fault_planted_in_the_report_path_is_seen_by_truth(
    settled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question(("NB_IMPRESSION",), ("DAY",))
    assert answer(settled, question, tmp_path) == truth(settled, question)
    monkeypatch.setitem(MEASURES, "NB_IMPRESSION", MEASURES["NO_FILLS"])
    assert answer(settled, question, tmp_path) != truth(settled, question)


def test_a_fault_planted_in_truth_is_seen_by_the_report_path(
    settled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question(("NB_IMPRESSION",), ("DAY",))
    own = truth_metrics.METRICS
    monkeypatch.setitem(own, "NB_IMPRESSION", own["NO_FILLS"])
    assert answer(settled, question, tmp_path) != truth(settled, question)


def test_the_assumed_matrix_contradicts_no_document() -> None:
    for metric, measure in measures.MEASURES.items():
        for dimension in ASSUMED[measure.family]:
            assert CATALOG.fit(metric, dimension) != "denied", (metric, dimension)


def test_moments_can_be_written_in_the_form_of_iso(settled: World, tmp_path: Path) -> None:
    question = Question(("VIEWS",), ("HOUR",))
    (part,) = compute(settled, question, tmp_path, as_of=TODAY, hours="iso")
    told = read(part.path.read_text())
    assert told[1][0] == "2023-07-01T00:00:00Z"
    assert [[row[0].replace("T", " ").rstrip("Z"), *row[1:]] for row in told[1:]] == truth(settled, question)[1:]


def test_a_large_world_is_answered_as_truth_does(tmp_path: Path) -> None:
    question = Question(("VIEWS", "FILL_RATE"), ("VIDEO_OWNER_CHANNEL_SLUG", "HOUR"), end=date(2023, 7, 1))
    with World(today=TODAY, scale="large") as world:
        assert answer(world, question, tmp_path) == truth(world, question)


@pytest.mark.thorough
def test_what_is_put_together_from_runs_of_days_is_what_truth_says(
    settled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "KEPT", ())
    monkeypatch.setattr(answers, "RUN_DAYS", 2)
    chance = random.Random(SEED)
    for _ in range(QUESTIONS // 2):
        question = drawn(chance)
        assert answer(settled, question, tmp_path) == truth(settled, question), question
    for dimensions in ((), ("MONTH",), ("DAY",), ("HOUR", "VISITOR_COUNTRY"), ("CONTENT_TAG",)):
        question = Question(("VIEWS", "ESTIMATED_EARNINGS_EUR", "FILL_RATE"), dimensions, end=date(2023, 7, 8))
        assert answer(settled, question, tmp_path) == truth(settled, question), question
