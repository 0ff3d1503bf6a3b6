"""What a project's file says of datasets, and everything that is wrong with one at once."""

from datetime import date
from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings, UsageError
from dailymotion_reports.project.file import Project, read_project, template
from dailymotion_reports.project.notifiers import KINDS
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.settings.config import read_config

DAY = Window(date(2026, 1, 1), date(2026, 1, 1))

GOOD = """\
default = "acme"

[profiles.acme]
kind = "private"

[defaults]
into = "duckdb:data/reports.duckdb"
start = 2026-01-01
settle_days = { default = 3, revenue = 35 }

[datasets.views]
metrics = ["views", "time-watched-seconds"]
by = "day, media-type"
channel = "lumen-news"
ready_after = 6

[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = ["DAY"]
start = 2025-06-01
lookback = 40
profiles = ["acme", "private"]
into = "postgres://dmr@db.example.com/reports?table=money"

[datasets.earnings.filters]
mediaType = "VIDEO"
"""


def project(folder: Path, text: str) -> Project:
    path = folder / "dmr.toml"
    path.write_text(text, encoding="utf-8")
    return read_project(path, load_catalog())


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as caught:
        project(folder, text)
    assert caught.value.where == str(folder / "dmr.toml")
    return caught.value.problems


def test_a_dataset_has_its_own_values_before_those_of_all(tmp_path: Path) -> None:
    views, earnings = project(tmp_path, GOOD).datasets.values()
    assert (views.name, views.start, views.ready_after, views.profiles) == ("views", DAY.start, 6, ())
    assert views.into == f"duckdb:{tmp_path}/data/reports.duckdb?table=views"
    assert earnings.into == "postgres://dmr@db.example.com/reports?table=money"
    assert (earnings.start, earnings.lookback, earnings.profiles) == (date(2025, 6, 1), 40, ("acme", "private"))


def test_the_question_of_a_dataset_is_planned_as_any_other(tmp_path: Path) -> None:
    views, earnings = project(tmp_path, GOOD).datasets.values()
    (request,) = views.plan(DAY, load_catalog()).requests
    assert (request.metrics, request.dimensions) == (("VIEWS", "TIME_WATCHED_SECONDS"), ("DAY", "MEDIA_TYPE"))
    assert request.filters == {"videoOwnerChannelSlug": "lumen-news"}
    (request,) = earnings.plan(DAY, load_catalog()).requests
    assert request.filters == {"mediaType": "VIDEO"}


def test_figures_settle_as_late_as_the_latest_of_their_groups(tmp_path: Path) -> None:
    views, earnings = project(tmp_path, GOOD).datasets.values()
    catalog = load_catalog()
    assert views.settles(views.plan(DAY, catalog), catalog) == 3
    assert earnings.settles(earnings.plan(DAY, catalog), catalog) == 35
    assert earnings.horizon(earnings.plan(DAY, catalog), catalog) == 40


def test_all_mistakes_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace('"views", "time', '"view", "time').replace("lookback = 40", "lookback = -1\nlookbak = 3")
    text = (
        text.replace("kind =", "kindd =")
        .replace("revenue = 35", "revenu = 35")
        .replace("start = 2026-01-01", "start = 1")
    )
    assert mistakes(tmp_path, text) == (
        "dmr.toml:4: there is no setting 'kindd' in [profiles.acme]. Did you mean kind?",
        "dmr.toml:8: start in [defaults] must be the first day that is kept, such as 2024-01-01.",
        "dmr.toml:9: There is no group of metrics 'revenu' in [defaults.settle_days]. Did you mean revenue?",
        "dmr.toml:11: [datasets.views]: There is no metric VIEW. Did you mean VIEWS?",
        "dmr.toml:21: lookback in [datasets.earnings] must be a number of days, such as 7.",
        "dmr.toml:22: there is no setting 'lookbak' in [datasets.earnings]. Did you mean lookback?",
    )


def test_what_cannot_be_asked_for_is_told_by_the_name_of_the_dataset(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD.replace('"views", "time', '"view", "time')) == (
        "dmr.toml:11: [datasets.views]: There is no metric VIEW. Did you mean VIEWS?",
    )


def test_a_dataset_is_kept_day_by_day(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD.replace("day, media-type", "month")) == (
        "dmr.toml:13: A dataset is kept day by day: add DAY to by in [datasets.views].",
    )


def test_what_a_dataset_needs_is_told_where_it_is_missing(tmp_path: Path) -> None:
    text = '[datasets.views]\nmetrics = "views"\nby = "day"\n'
    first, second = mistakes(tmp_path, text)
    assert first.startswith("dmr.toml:1: into is not said in [datasets.views]: the address of a table")
    assert second.startswith("dmr.toml:1: start is not said in [datasets.views]: the first day")


def test_an_address_that_is_none_is_a_mistake_and_a_password_in_one_is_not_shown(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, GOOD.replace("duckdb:data/reports.duckdb", "user:secret@nowhere?"))
    assert "into in [datasets.views]" in told
    assert "secret" not in told


def test_secrets_have_no_place_in_it(tmp_path: Path) -> None:
    told = mistakes(tmp_path, GOOD.replace('kind = "private"', 'kind = "private"\napi_secret = "x"'))
    assert told == ("dmr.toml:5: api_secret does not belong into a project's file; use api_secret_file.",)


def test_the_file_that_a_project_begins_with_has_no_mistakes(tmp_path: Path) -> None:
    made = project(tmp_path, template().format(default='default = "private"', start="2026-01-01"))
    assert [*made.datasets] == ["daily_views"]
    for dataset in made.datasets.values():
        assert dataset.plan(DAY, load_catalog()).unverified == ()


def test_the_examples_in_its_comments_are_right_too(tmp_path: Path) -> None:
    text = template().format(default="", start="2026-01-01")
    head, _, tail = text.partition("# [datasets.earnings]")
    whole = head + "\n".join(line.removeprefix("# ") for line in f"# [datasets.earnings]{tail}".splitlines())
    made = project(tmp_path, whole)
    assert [*made.datasets] == ["daily_views", "earnings", "rome"]
    assert [*made.notifiers] == ["ops", "mail"]


def test_a_dataset_that_there_is_not_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no dataset 'view' in .*dmr\.toml\. Did you mean views\?"):
        project(tmp_path, GOOD).named(["view"])


def test_thresholds_and_a_schedule_are_of_each_dataset_or_of_all(tmp_path: Path) -> None:
    text = GOOD.replace("[datasets.views]", "restated_above = 0.2\n\n[datasets.views]\nreconcile = true").replace(
        "lookback = 40", 'schedule = "0 6 * * *"\nrestated_above = 1'
    )
    views, earnings = project(tmp_path, text).datasets.values()
    assert (views.restated_above, views.reconcile, views.schedule) == (0.2, 0.0, "")
    assert (earnings.restated_above, earnings.reconcile, earnings.schedule) == (1, None, "0 6 * * *")


def test_a_schedule_that_never_comes_and_a_share_that_is_none_are_mistakes(tmp_path: Path) -> None:
    text = GOOD.replace("lookback = 40", 'schedule = "0 6 31 2 *"\nrestated_above = "10%"\nreconcile = -1')
    schedule, above, reconcile = mistakes(tmp_path, text)
    assert schedule == 'dmr.toml:21: schedule in [datasets.earnings] must be a cron expression, such as "30 6 * * *".'
    assert above.startswith("dmr.toml:22: restated_above in [datasets.earnings] must be a share")
    assert reconcile.startswith("dmr.toml:23: reconcile in [datasets.earnings] must be true, false, or a share")


@pytest.mark.parametrize(
    ("by", "metrics", "why"),
    [
        ("day", '"views"', "rows by DAY alone are the totals"),
        ("day, content-tag", '"views"', "one view counts in several rows by CONTENT_TAG"),
        ("day, media-type", '"view-through-rate"', "none of the metrics may be added up"),
    ],
)
def test_rows_that_cannot_be_compared_with_totals_are_a_mistake(
    tmp_path: Path, by: str, metrics: str, why: str
) -> None:
    text = GOOD.replace("day, media-type", by).replace('"views", "time-watched-seconds"', metrics)
    (told,) = mistakes(tmp_path, text.replace("ready_after", "reconcile = true\nready_after"))
    assert told.startswith("dmr.toml:15: reconcile in [datasets.views]: ")
    assert why in told


NOTIFIED = f"""\
{GOOD}
[notify.ops]
webhook_file = "hook"
format = "slack"
on = ["restated", "failure"]

[notify.chat]
webhook_env = "DMR_HOOK"

[notify.mail]
command = ["mail", "-s", "dmr", "data@example.com"]
"""


def test_who_is_told_is_said_in_the_file_and_the_address_elsewhere(tmp_path: Path) -> None:
    ops, chat, mail = project(tmp_path, NOTIFIED).notifiers.values()
    assert (ops.name, ops.webhook_file, ops.format, ops.on) == (
        "ops",
        str(tmp_path / "hook"),
        "slack",
        ("failure", "restated"),
    )
    assert (chat.webhook_env, chat.format, chat.on) == ("DMR_HOOK", "json", KINDS)
    assert mail.command == ("mail", "-s", "dmr", "data@example.com")


def test_mistakes_about_who_is_told_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = """
[notify.ops]
webhook_fil = "hook"
on = ["failure", "restate"]
[notify.both]
webhook_env = "DMR_HOOK"
command = []
[notify.chat]
webhook_env = "DMR_HOOK"
format = "teams"
on = []
[notify.mail]
command = ["mail"]
format = "json"
[notify.two]
webhook_env = "DMR_HOOK"
webhook_file = "hook"
"""
    first = len(GOOD.splitlines()) + 1
    found = [one.removeprefix("dmr.toml:").split(": ", 1) for one in mistakes(tmp_path, GOOD + text)]
    assert [(int(line) - first, told) for line, told in found] == [
        (2, "there is no setting 'webhook_fil' in [notify.ops]. Did you mean webhook_file?"),
        (3, "there is no kind of news 'restate' in [notify.ops]. Did you mean restated?"),
        (1, "[notify.ops] does not say how: webhook_file, webhook_env or command."),
        (
            6,
            "command in [notify.both] must be a program and its arguments, such as "
            '["mail", "-s", "dmr", "data@example.com"].',
        ),
        (6, "webhook_env and command are both set in [notify.both]."),
        (9, 'format in [notify.chat] must be "json" or "slack".'),
        (10, f"on in [notify.chat] must be a list of kinds: {', '.join(KINDS)}."),
        (13, "format in [notify.mail] is for webhooks: a command gets text."),
        (15, "webhook_file and webhook_env are both set in [notify.two]."),
    ]


@pytest.mark.parametrize("key", ["webhook", "url", "address", "webhook_file", "webhook_env"])
def test_an_address_of_a_webhook_has_no_place_in_the_file_and_is_not_shown(tmp_path: Path, key: str) -> None:
    text = f'{GOOD}[notify.ops]\n{key} = "https://hooks.example.com/T1/swordfish"\n'
    with pytest.raises(InvalidSettings) as caught:
        project(tmp_path, text)
    (told,) = caught.value.problems
    assert told.startswith(f"dmr.toml:{len(GOOD.splitlines()) + 2}: {key} ")
    assert told.endswith("Name a file in webhook_file, or a variable in webhook_env.")
    assert "swordfish" not in repr(caught.value) + str(caught.value)
    assert "hooks.example.com" not in told


def test_who_is_told_belongs_into_a_project_and_not_into_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[notify.ops]\nwebhook_env = "DMR_HOOK"\n', encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"notify belongs into a project's dmr\.toml"):
        read_config(path)


def test_a_notifier_that_there_is_not_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no notifier 'op' in .*dmr\.toml\. Did you mean ops\?"):
        project(tmp_path, NOTIFIED).notifier("op")


IDENTIFIED = GOOD.replace('by = "day, media-type"', 'by = "day, video-id, playlist-id"')


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("true", ("video", "playlist")),
        ('["playlist"]', ("playlist",)),
        ("false", ()),
        ("[]", ()),
    ],
)
def test_a_dataset_says_what_is_looked_up_behind_its_ids(tmp_path: Path, said: str, kinds: tuple[str, ...]) -> None:
    text = IDENTIFIED.replace("ready_after = 6", f"ready_after = 6\nenrich = {said}\nenrich_max_age = 30")
    views, earnings = project(tmp_path, text).datasets.values()
    assert tuple(kind for kind in views.identified(load_catalog()) if kind in views.enrich) == kinds
    assert (views.enrich_max_age, earnings.enrich, earnings.enrich_max_age) == (30, (), 7)


def test_what_all_datasets_look_up_is_of_each_only_what_it_has_ids_of(tmp_path: Path) -> None:
    text = IDENTIFIED.replace("[defaults]", '[defaults]\nenrich = ["video", "player"]')
    views, earnings = project(tmp_path, text).datasets.values()
    assert (views.identified(load_catalog()), earnings.identified(load_catalog())) == (("video", "playlist"), ())
    assert views.enrich == ("video", "player")


def test_what_cannot_be_looked_up_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    text = IDENTIFIED.replace("ready_after = 6", 'enrich = ["film"]\nenrich_max_age = -1')
    kind, age = mistakes(tmp_path, text)
    assert kind.startswith("dmr.toml:15: enrich in [datasets.views] must be true, false, or what of it")
    assert age.startswith("dmr.toml:16: enrich_max_age in [datasets.views] must be a number of days")
    text = IDENTIFIED.replace("ready_after = 6", 'enrich = ["video", "player"]')
    (player,) = mistakes(tmp_path, text)
    assert player.startswith("dmr.toml:15: enrich in [datasets.views]: its rows have no ids of that: add PLAYER_ID")
    text = IDENTIFIED.replace("duckdb:data/reports.duckdb", "delta:lake").replace("ready_after = 6", "enrich = true")
    (lake,) = mistakes(tmp_path, text)
    assert lake.startswith("dmr.toml:15: enrich in [datasets.views]: delta: has no dimension tables")
