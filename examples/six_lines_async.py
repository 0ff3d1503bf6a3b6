"""The same in a coroutine, with two reports at once: as many as an account may have."""

import asyncio

import dailymotion_reports as dmr


async def main() -> None:
    async with dmr.AsyncWorkspace.open(profile="sandbox") as ws:
        views, money = await asyncio.gather(
            ws.report(metrics=["VIEWS"], dimensions=["HOUR"], start="2023-07-01", end="2023-07-04"),
            ws.report(metrics=["ESTIMATED_EARNINGS_EUR"], dimensions=["DAY"], start="2023-07-01", end="2023-07-04"),
        )
    print(len(views.rows()), "hours;", sum(row["estimated_earnings_eur"] for row in money.rows()), "EUR")


asyncio.run(main())
