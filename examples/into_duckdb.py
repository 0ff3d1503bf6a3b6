"""Load a table that can be loaded again without doubling a row, and query it."""

import duckdb

import dailymotion_reports as dmr

with dmr.Workspace.open(profile="sandbox") as ws:
    report = ws.report("views,estimated-earnings-eur", "day", start="2023-07-01", end="2023-07-31")
    receipt = report.load("duckdb:channel.duckdb?table=daily")

print(receipt.rows, "rows in table", receipt.table)
with duckdb.connect("channel.duckdb", read_only=True) as database:
    print(database.sql("SELECT sum(views) AS views, sum(estimated_earnings_eur) AS eur FROM daily"))
