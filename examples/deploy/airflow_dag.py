"""A DAG that brings yesterday's views every morning, and the seven days before it, since figures settle late."""

import os
from datetime import datetime, timedelta

from airflow.sdk import DAG

from dailymotion_reports.integrations.airflow import DailymotionReportOperator

with DAG(
    "dailymotion_reports",
    schedule="30 6 * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001  (Airflow takes it in its own time zone)
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10)},
) as dag:
    DailymotionReportOperator(
        task_id="daily_views",
        metrics=["VIEWS", "TIME_WATCHED_SECONDS"],
        dimensions=["DAY", "MEDIA_TYPE"],
        lookback=7,
        into=os.environ.get("REPORTS", "duckdb:reports.duckdb?table=daily_views"),
        conn_id="dailymotion",
        wait=timedelta(hours=6),
    )
