"""An asset by day, each partition filled with one report, and a schedule for the mornings."""

import os

import dagster

import dailymotion_reports as dmr

INTO = os.environ.get("REPORTS", "duckdb:reports.duckdb?table=daily_views")
days = dagster.DailyPartitionsDefinition(start_date="2026-01-01", timezone="UTC")


@dagster.asset(
    partitions_def=days,
    backfill_policy=dagster.BackfillPolicy.single_run(),
    retry_policy=dagster.RetryPolicy(max_retries=3, delay=600),
    pool="dailymotion",
)
def daily_views(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult:
    """Views by day and kind of media.  A window of partitions is one question, and is replaced in one transaction."""
    first, last = context.partition_key_range.start, context.partition_key_range.end
    with dmr.Workspace.open() as ws:
        report = ws.report(["VIEWS"], ["DAY", "MEDIA_TYPE"], start=first, end=last)
        receipt = report.load(INTO)
    return dagster.MaterializeResult(metadata={"rows": receipt.rows, "restated": receipt.changed})


every_morning = dagster.build_schedule_from_partitioned_job(
    dagster.define_asset_job("daily_views_job", [daily_views]), hour_of_day=6, minute_of_hour=30
)
defs = dagster.Definitions(assets=[daily_views], schedules=[every_morning])
