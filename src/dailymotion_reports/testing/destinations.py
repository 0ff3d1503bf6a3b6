"""The suite that every destination passes: hand it a way to open one and a way to look into it, and run it.

A destination of your own is tried by a test class of yours::

    class TestMyDestination(DestinationSuite):
        def open(self, folder: Path, table: str) -> Destination: ...
        def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]: ...
        def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]: ...

All three are called several times in one test, with one ``folder``, and mean the same place each time.
"""

import random
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

from dailymotion_reports.destinations.base import Change, Destination, Load, LoadReceipt, Table, TableSchema, Told
from dailymotion_reports.errors import DestinationRefused, DmrError, UnreadableRow
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest

FIRST = date(2023, 7, 1)
NOW = datetime(2023, 8, 1, 12, tzinfo=UTC)
EARLIER = datetime(2023, 7, 20, tzinfo=UTC)

Views = Mapping[int, int]
"""Views by the day of July 2023."""


def day(number: int) -> date:
    """A day of July 2023."""
    return FIRST + timedelta(number - 1)


def request(
    first: int = 1,
    last: int = 4,
    *,
    metrics: Sequence[str] = ("VIEWS",),
    by: Sequence[str] = ("DAY",),
    channel: str = "",
    product: str = "CONTENT",
) -> ReportRequest:
    """A request for some days of July 2023."""
    filters = {"videoOwnerChannelSlug": channel} if channel else {}
    return ReportRequest(tuple(metrics), tuple(by), Window(day(first), day(last)), filters, product)


class DestinationSuite(ABC):
    """Claims that hold for every `Destination`."""

    @abstractmethod
    def open(self, folder: Path, table: str) -> Destination:
        """The destination for a table of this test."""

    @abstractmethod
    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """What a table holds in some columns, in any order: str, date, datetime (naive, UTC), int, Decimal, bool."""

    @abstractmethod
    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        """What was restated, in any order: the day (None where there is none), the column, before, after."""

    def load(
        self,
        folder: Path,
        asked_for: ReportRequest,
        text: str,
        *,
        table: str = "report",
        asked: datetime = NOW,
        account: str = "an account",
        came: int | None = None,
    ) -> LoadReceipt:
        """Load a file with that text, the answer to a request of some account that was asked for at some moment.

        ``came`` are the rows that were counted on their way.
        """
        files = folder / "files"
        files.mkdir(exist_ok=True)
        path = files / f"report_{secrets.token_hex(8)}.csv"
        path.write_text(text, encoding="utf-8", newline="")
        rows = Table(TableSchema.of(asked_for, load_catalog()), (path,), (asked_for.window,), came)
        load = Load(rows, asked_for, "private", account, NOW, asked)
        return self.open(folder, table).load(load)

    def refused(self, folder: Path, asked_for: ReportRequest, text: str, **more: Any) -> DmrError:
        """The error of a load that is not taken."""
        try:
            self.load(folder, asked_for, text, **more)
        except DmrError as error:
            return error
        raise AssertionError("it was taken")

    def views(self, folder: Path, table: str = "report") -> list[tuple[Any, ...]]:
        """Days and views of a table, in order."""
        return sorted(self.rows(folder, table, ["day", "views"]))

    def told(self, folder: Path, request: ReportRequest, account: str) -> tuple[Told, ...]:
        """What the table was told of a question of one account."""
        return self.open(folder, "report").told(request, [account])[account]

    def load_days(self, folder: Path, views: Views, window: tuple[int, int] = (1, 4), **more: Any) -> LoadReceipt:
        """Load views by day."""
        text = "".join(f"{day(number)},{count}\n" for number, count in views.items())
        asked_for = request(*window, channel=more.pop("channel", ""), product=more.pop("product", "CONTENT"))
        return self.load(folder, asked_for, f"day,views\n{text}", **more)

    def test_rows_arrive_with_their_types_and_no_number_is_not_an_empty_text(self, tmp_path: Path) -> None:
        asked_for = request(metrics=["VIEWS", "ESTIMATED_EARNINGS_EUR"], by=["DAY", "HOUR", "VIDEO_TITLE"])
        receipt = self.load(
            tmp_path,
            asked_for,
            "day,hour,video_title,views,estimated_earnings_eur\n"
            "2023-07-01,2023-07-01 05:00:00,,7,0.1234567890\n"
            '2023-07-02,2023-07-02 23:00:00,"é ""a"", \\N\nb",,\n',
        )
        assert (receipt.rows, receipt.fingerprint, receipt.loaded_at) == (2, asked_for.fingerprint, NOW)
        columns = ["day", "hour", "video_title", "views", "estimated_earnings_eur"]
        assert sorted(self.rows(tmp_path, "report", columns)) == [
            (day(1), datetime.fromisoformat("2023-07-01T05:00"), "", 7, Decimal("0.1234567890")),
            (day(2), datetime.fromisoformat("2023-07-02T23:00"), 'é "a", \\N\nb', None, None),
        ]

    def test_each_row_says_whose_it_is_and_how_it_came(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 5, 4: 6}, channel="a", asked=datetime(2023, 7, 5, 9, tzinfo=UTC))
        columns = ["product", "filters", "profile", "account", "window_start", "window_end"]
        told = ("CONTENT", "videoOwnerChannelSlug=a", "private", "an account", day(1), day(4))
        assert self.rows(tmp_path, "report", columns) == [told, told]
        moments = self.rows(tmp_path, "report", ["day", "asked_at", "loaded_at", "provisional"])
        asked, loaded = datetime.fromisoformat("2023-07-05T09:00"), NOW.replace(tzinfo=None)
        assert sorted(moments) == [(day(1), asked, loaded, False), (day(4), asked, loaded, True)]
        prints = {(request(channel="a").shape, request(channel="a").fingerprint)}
        assert set(self.rows(tmp_path, "report", ["question", "fingerprint"])) == prints

    def test_repeating_a_load_changes_nothing(self, tmp_path: Path) -> None:
        for _ in range(3):
            receipt = self.load_days(tmp_path, {1: 1, 2: 2})
            assert (receipt.rows, receipt.kept, receipt.changed) == (2, 0, 0)
            assert self.views(tmp_path) == [(day(1), 1), (day(2), 2)]

    def test_a_newer_answer_replaces_the_window_whole(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1, 2: 2, 3: 3, 4: 4})
        self.load_days(tmp_path, {1: 10, 2: 20})
        assert self.views(tmp_path) == [(day(1), 10), (day(2), 20)]
        self.load_days(tmp_path, {})
        assert self.views(tmp_path) == []

    def test_where_other_rows_are_read_than_came_nothing_changes(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1, 2: 2, 3: 3}, came=3)
        error = self.refused(tmp_path, request(), f"day,views\n{day(1)},10\n{day(2)},20\n", came=3)
        assert isinstance(error, UnreadableRow)
        assert error.message == "3 rows came, and 2 were read."
        assert self.views(tmp_path) == [(day(1), 1), (day(2), 2), (day(3), 3)]

    def test_a_line_without_anything_is_no_row_that_is_missing(self, tmp_path: Path) -> None:
        assert self.load(tmp_path, request(), f"day,views\n{day(1)},10\n\n{day(2)},20\n\n", came=4).rows == 2

    def test_W14_overlapping_windows_replace_by_day(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1, 2: 2, 3: 3, 4: 4})
        self.load_days(tmp_path, {3: 30, 4: 40, 6: 60}, (3, 6))
        assert self.views(tmp_path) == [(day(1), 1), (day(2), 2), (day(3), 30), (day(4), 40), (day(6), 60)]

    def test_W14_overlapping_windows_replace_by_the_day_of_the_hour(self, tmp_path: Path) -> None:
        hours = "hour,views\n2023-07-03 23:00:00,1\n2023-07-04 00:00:00,2\n2023-07-04 23:00:00,3\n"
        self.load(tmp_path, request(by=["HOUR"]), hours)
        self.load(tmp_path, request(4, 5, by=["HOUR"]), "hour,views\n2023-07-04 23:00:00,30\n")
        assert sorted(self.rows(tmp_path, "report", ["hour", "views"])) == [
            (datetime.fromisoformat("2023-07-03T23:00"), 1),
            (datetime.fromisoformat("2023-07-04T23:00"), 30),
        ]

    def test_W15_an_older_answer_that_comes_late_fills_only_days_that_no_newer_one_told(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {3: 30}, (3, 4))
        receipt = self.load_days(tmp_path, {1: 1, 2: 2, 3: 3, 4: 4}, asked=EARLIER)
        assert (receipt.rows, receipt.kept) == (2, 2)
        assert self.views(tmp_path) == [(day(1), 1), (day(2), 2), (day(3), 30)]
        receipt = self.load_days(tmp_path, {3: 3}, (3, 3), asked=EARLIER)
        assert (receipt.rows, receipt.kept) == (0, 1)
        assert self.views(tmp_path) == [(day(1), 1), (day(2), 2), (day(3), 30)]

    def test_W15_rows_are_missed_too_where_a_newer_answer_keeps_some_of_their_days(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {3: 30}, (3, 4))
        text = f"day,views\n{day(1)},1\n{day(2)},2\n{day(3)},3\n"
        error = self.refused(tmp_path, request(), text, came=4, asked=EARLIER)
        assert error.message == "4 rows came, and 3 were read."
        assert self.views(tmp_path) == [(day(3), 30)]
        assert self.load(tmp_path, request(), text, came=3, asked=EARLIER).rows == 2
        assert self.views(tmp_path) == [(day(1), 1), (day(2), 2), (day(3), 30)]

    def test_without_days_the_same_window_is_replaced_and_others_stay(self, tmp_path: Path) -> None:
        whole, other = request(by=[]), request(3, 6, by=[])
        assert self.load(tmp_path, whole, "views\n1\n").changed == 0
        assert self.load(tmp_path, other, "views\n2\n").changed == 0
        assert self.load(tmp_path, whole, "views\n3\n").changed == 1
        assert self.load(tmp_path, whole, "views\n1\n", asked=EARLIER).kept == 4
        assert sorted(self.rows(tmp_path, "report", ["window_start", "views"])) == [(day(1), 3), (day(3), 2)]

    def test_others_in_the_same_table_are_left_alone(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1})
        self.load_days(tmp_path, {1: 2}, channel="another")
        self.load_days(tmp_path, {1: 3}, product="EMBED")
        self.load_days(tmp_path, {1: 4}, account="another")
        self.load_days(tmp_path, {1: 9})
        assert [count for _, count in self.views(tmp_path)] == [2, 3, 4, 9]

    def test_what_was_restated_is_kept_with_its_day_and_by_how_much(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1, 2: 2}, asked=EARLIER)
        assert self.history(tmp_path, "report") == []
        receipt = self.load_days(tmp_path, {1: 1, 2: 20, 4: 4})
        assert receipt.changed == 3
        assert Change(day(2), "views", Decimal(2), Decimal(20)) in receipt.changes, receipt.changes
        told = sorted(self.history(tmp_path, "report"), key=str)
        assert told == [(day(2), "views", 2, 20), (day(4), "rows", 0, 1), (day(4), "views", None, 4)]

    def test_W13_a_new_metric_is_a_new_column_and_its_days_are_replaced(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1, 2: 2})
        both = request(2, 3, metrics=["VIEWS", "TIME_WATCHED_SECONDS"])
        self.load(tmp_path, both, "day,views,time_watched_seconds\n2023-07-02,2,20\n2023-07-03,3,30\n")
        assert sorted(self.rows(tmp_path, "report", ["day", "views", "time_watched_seconds"])) == [
            (day(1), 1, None),
            (day(2), 2, 20),
            (day(3), 3, 30),
        ]

    def test_W13_what_would_leave_cells_empty_is_refused_and_changes_nothing(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1})
        finer = request(by=["DAY", "VIDEO_ID"])
        others = request(metrics=["UPLOADS"])
        for asked_for, text in (
            (finer, "day,video_id,views\n2023-07-01,x,1\n"),
            (others, "day,uploads\n2023-07-01,1\n"),
        ):
            error = self.refused(tmp_path, asked_for, text)
            assert isinstance(error, DestinationRefused), error
            assert "table=NAME" in error.hint, error.hint
        assert self.views(tmp_path) == [(day(1), 1)]

    def test_X5_a_row_that_cannot_be_read_changes_nothing(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 1})
        for text in ("day,views\n2023-07-01,2\n2023-07-02,none\n", "day,views\n2023-07-09,2\n"):
            error = self.refused(tmp_path, request(), text)
            assert isinstance(error, UnreadableRow), error
        assert self.views(tmp_path) == [(day(1), 1)]
        self.load_days(tmp_path, {1: 2})
        assert self.views(tmp_path) == [(day(1), 2)]

    def test_W20_loads_at_once_lose_and_double_nothing(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 0})
        errors: list[Exception] = []

        def one(number: int) -> None:
            try:
                self.load_days(tmp_path, {number: number}, (number, number), channel=f"channel {number % 2}")
            except Exception as error:  # noqa: BLE001  (it is told below)
                errors.append(error)

        threads = [Thread(target=one, args=(number,)) for number in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == [], errors
        found = self.views(tmp_path)
        assert found == sorted([(day(1), 0), *((day(number), number) for number in range(1, 7))]), found

    def test_whatever_the_order_of_arrival_each_day_has_the_newest_answer(self, tmp_path: Path) -> None:
        seed = random.SystemRandom().randrange(2**32)
        chance = random.Random(seed)  # noqa: S311
        newest: dict[int, tuple[datetime, int | None]] = {}
        for number in range(20):
            first, asked = chance.randint(1, 12), NOW - timedelta(hours=chance.randint(1, 400), seconds=number)
            last = first + chance.randint(0, 5)
            views = {one: chance.randint(1, 999) for one in range(first, last + 1) if chance.random() < 0.8}
            self.load_days(tmp_path, views, (first, last), asked=asked)
            for one in range(first, last + 1):
                if one not in newest or newest[one][0] < asked:
                    newest[one] = asked, views.get(one)
        true = [(day(one), count) for one, (_, count) in sorted(newest.items()) if count is not None]
        assert self.views(tmp_path) == true, f"seed {seed}"

    def test_it_says_what_it_was_told_and_when(self, tmp_path: Path) -> None:
        wanted, account = request(1, 31), "an account"
        assert self.told(tmp_path, wanted, account) == ()
        self.load_days(tmp_path, {1: 10, 2: 20}, (1, 3), asked=EARLIER)
        self.load_days(tmp_path, {3: 30}, (3, 4), asked=NOW)
        told = self.told(tmp_path, wanted, account)
        assert by_day(told) == {1: (EARLIER, 1), 2: (EARLIER, 1), 3: (NOW, 1), 4: (NOW, 0)}
        sums = {(at, *of.items()) for one in told for at, of in (one.sums or {}).items() if of}
        assert sums == {(day(number), ("views", Decimal(10 * number))) for number in (1, 2, 3)}
        assert {metric for one in told for metric in one.metrics} == {"VIEWS"}

    def test_of_another_account_or_question_it_was_told_nothing(self, tmp_path: Path) -> None:
        self.load_days(tmp_path, {1: 10})
        assert by_day(self.told(tmp_path, request(1, 31), "an account")).keys() == {1, 2, 3, 4}
        assert self.told(tmp_path, request(1, 31), "another") == ()
        assert self.told(tmp_path, request(1, 31, by=("DAY", "VIDEO_ID")), "an account") == ()
        assert self.told(tmp_path, request(5, 31), "an account") == ()

    def test_it_says_of_several_accounts_at_one_look_what_it_says_of_each(self, tmp_path: Path) -> None:
        accounts = ("an account", "another", "a third")
        assert self.open(tmp_path, "report").told(request(1, 31), accounts) == dict.fromkeys(accounts, ())
        self.load_days(tmp_path, {1: 10, 2: 20}, (1, 3), asked=EARLIER)
        self.load_days(tmp_path, {3: 30}, (3, 4), asked=NOW, account="another")
        told = self.open(tmp_path, "report").told(request(1, 31), accounts)
        assert [len(told[account]) > 0 for account in accounts] == [True, True, False]
        for account in accounts:
            assert by_day(told[account]) == by_day(self.told(tmp_path, request(1, 31), account))


def by_day(told: Sequence[Told]) -> dict[int, tuple[datetime, int]]:
    """When each day of July 2023 was told last, and how many rows it had."""
    days: dict[int, tuple[datetime, int]] = {}
    for one in told:
        for number in range(1, 32):
            if one.window.start <= day(number) <= one.window.end:
                days[number] = one.asked, (one.rows or {}).get(day(number), 0)
    return days
