"""Views per day and title, as a CSV file, as rows, and as a Polars frame."""

import dailymotion_reports as dmr

with dmr.Workspace.open(profile="sandbox") as ws:
    report = ws.report(
        metrics=["VIEWS"],
        dimensions=["DAY", "VIDEO_TITLE"],
        filters={"videoOwnerChannelSlug": "lumen-news"},
        start="2023-07-01",
        end="2023-07-04",
    )
    report.to_csv("july.csv")
    rows = report.rows()
    frame = report.to_polars()

print(len(rows), "rows;", frame.schema)
