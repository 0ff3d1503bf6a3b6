"""Facts about links, the storage and the files (D and C of ``fidelity.toml``)."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from tests.contract.conftest import Make
from tests.contract.twin import Twin, records

BY_TITLE = (["VIEWS"], ["DAY", "VIDEO_TITLE"])


class TestTheStorage:
    def test_files_lie_at_an_address_of_their_own(self, twin: Twin) -> None:
        (link,) = twin.links()
        assert urlsplit(link).netloc == urlsplit(twin.info["storage_url"]).netloc != urlsplit(twin.info["url"]).netloc

    def test_files_lie_in_the_bucket_that_was_seen(self, twin: Twin) -> None:
        (link,) = twin.links()
        assert re.fullmatch(r"/dailymotion-stats-report/[\w.-]+", urlsplit(link).path)

    def test_a_link_opens_by_a_plain_get_without_a_token(self, twin: Twin) -> None:
        (link,) = twin.links()
        assert twin.send("GET", link).status == 200
        assert twin.sandbox.service.counts.bearer_at_storage == 0

    def test_a_link_holds_nothing_that_a_shell_would_take_apart(self, twin: Twin) -> None:
        (link,) = twin.links()
        assert not set(link) & set(" \t\n*'\"`$\\(){}<>|;")

    def test_a_report_may_have_several_files(self, make: Make) -> None:
        assert len(make(rows_per_file=20).links(*BY_TITLE)) > 1


class TestTheFile:
    def test_each_file_has_a_header(self, make: Make) -> None:
        files = make(rows_per_file=20).files(*BY_TITLE)
        assert len(files) > 1
        assert {tuple(records(file)[0]) for file in files} == {("day", "video_title", "views")}

    def test_a_file_is_comma_separated_utf_8(self, twin: Twin) -> None:
        (file,) = twin.files(*BY_TITLE)
        assert file.decode("utf-8").startswith("day,video_title,views")
        assert {len(row) for row in records(file)} == {3}
        assert any(not row[1].isascii() for row in records(file))

    def test_cells_are_quoted_with_double_quotes(self, twin: Twin) -> None:
        (file,) = twin.files(*BY_TITLE)
        titles = [row[1] for row in records(file)]
        (quoted,) = [title for title in set(titles) if "," in title][:1]
        assert '"{}"'.format(quoted.replace('"', '""')).encode() in file

    def test_a_header_has_the_names_in_lower_case(self, twin: Twin) -> None:
        (file,) = twin.files(["TIME_WATCHED_SECONDS"], ["VISITOR_DEVICE_TYPE"])
        assert records(file)[0] == ["visitor_device_type", "time_watched_seconds"]

    def test_dimensions_come_first_each_in_the_order_asked(self, twin: Twin) -> None:
        (file,) = twin.files(["TIME_WATCHED_SECONDS", "VIEWS"], ["VIDEO_ID", "DAY"])
        assert records(file)[0] == ["video_id", "day", "time_watched_seconds", "views"]

    def test_days_are_written_as_iso_dates(self, twin: Twin) -> None:
        assert {row[0] for row in twin.rows()} == {"2023-07-01", "2023-07-02"}

    def test_hours_are_moments_of_utc(self, twin: Twin) -> None:
        hours = sorted({datetime.fromisoformat(row[0]).isoformat() for row in twin.rows(["VIEWS"], ["HOUR"])})
        assert (hours[0], hours[-1]) == ("2023-07-01T00:00:00", "2023-07-02T23:00:00")

    def test_empty_cells_occur(self, twin: Twin) -> None:
        assert "" in {row[0] for row in twin.rows(["VIEWS"], ["PLAYLIST_ID"])}

    def test_media_and_devices_are_words_in_lower_case(self, twin: Twin) -> None:
        rows = twin.rows(["VIEWS"], ["MEDIA_TYPE", "VISITOR_DEVICE_TYPE"])
        assert "video" in {row[0] for row in rows}
        assert "mobile" in {row[1] for row in rows}

    def test_views_and_seconds_are_whole_numbers(self, twin: Twin) -> None:
        rows = twin.rows(["VIEWS", "TIME_WATCHED_SECONDS"])
        assert all(cell.isdecimal() for row in rows for cell in row[1:])

    def test_earnings_are_decimals(self, twin: Twin) -> None:
        rows = twin.rows(["ESTIMATED_EARNINGS_EUR"])
        assert all(re.fullmatch(r"\d+\.\d+", row[1]) for row in rows)

    def test_there_is_one_row_for_each_combination(self, twin: Twin) -> None:
        rows = twin.rows(["VIEWS"], ["VISITOR_COUNTRY", "VISITOR_DEVICE_TYPE"])
        assert len({tuple(row[:2]) for row in rows}) == len(rows) > 2
