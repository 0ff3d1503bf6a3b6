"""A `RunReport` as Markdown, fit for ``$GITHUB_STEP_SUMMARY``, a wiki or a mail."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from dailymotion_reports.query.forecast import spoken
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.run_report import Brought, Kept, RunReport, Standing

MOST: Final = 50
"""Rows of a table at most; the JSON has them all."""


def markdown(report: RunReport) -> str:
    """The report, what is wrong first."""
    parts = [
        _head(report),
        *_problems(report.of("failed")),
        *_loaded(report.of("loaded")),
        *_restated(report.of("loaded")),
        *_left(report),
        *_datasets(report.datasets),
        *_accounts(report.accounts),
        _foot(report),
    ]
    return "\n\n".join(parts) + "\n"


def _head(report: RunReport) -> str:
    loaded, failed = report.of("loaded"), report.of("failed")
    mark = "✅" if report.ok else "⏸️" if report.interrupted and not failed else "❌"
    words = [f"{len(loaded):,} loaded", f"{sum(one.rows for one in loaded):,} rows"]
    words += [f"**{len(failed):,} failed**"] if failed else []
    missing = sum(one.missing for one in report.datasets)
    words += [f"**{_days(missing)} missing**"] if missing else []
    words += ["**interrupted**"] if report.interrupted else []
    took = f"{report.began:%Y-%m-%d %H:%M} UTC, took {spoken(report.seconds)}"
    return f"## {mark} dmr {report.command}: {_title(report)}\n\n{took} · {' · '.join(words)}"


def _title(report: RunReport) -> str:
    if report.of("failed"):
        return "not everything was loaded"
    if report.interrupted:
        return "interrupted, state kept"
    return "up to date" if not any(one.missing for one in report.datasets) else "done, with days missing"


def _problems(failed: Sequence[Brought]) -> Iterator[str]:
    if failed:
        yield "### What failed"
        yield "\n".join(f"- {line}" for line in map(_problem, failed[:MOST]))
        yield from _more(failed)


def _problem(one: Brought) -> str:
    assert one.problem is not None, "what failed has an error"
    where = ", ".join(filter(None, (one.dataset and f"**{_text(one.dataset)}**", _window(one), _text(one.profile))))
    told = f"{where or 'The run'}: {_text(one.problem.message)} {_text(one.problem.hint)}".rstrip()
    mending = f"<br>Next: {_code(one.problem.next)}" if one.problem.next else ""
    return f"{told} ({_code(one.problem.code)}){mending}"


def _loaded(loaded: Sequence[Brought]) -> Iterator[str]:
    if loaded:
        yield "### What was loaded"
        head = ("Dataset", "Account", "Days", "Rows:", "Reports:", "Bytes:", "Took:", "Restated:")
        yield _table(head, ((
            _text(one.dataset), _text(one.profile), _window(one), f"{one.rows:,}", f"{one.reports:,}", _size(one.bytes),
            spoken(one.seconds), f"{one.restated:,}" if one.restated else "",
        ) for one in loaded[:MOST]))  # fmt: skip
        yield from _more(loaded)


def _restated(loaded: Iterable[Brought]) -> Iterator[str]:
    """Figures that moved, and what else is remarkable."""
    told = [one for one in loaded if one.moved or one.remarks]
    if told:
        yield "### What moved, and what is odd"
        lines = [f"- **{_text(one.dataset)}**, {_window(one)}: {_text(text)}" for one in told for text in _words(one)]
        yield "\n".join(lines[:MOST])


def _words(one: Brought) -> Iterator[str]:
    if one.moved:
        yield f"{one.restated:,} restated, most {one.moved[0]}"
    yield from one.remarks


def _left(report: RunReport) -> Iterator[str]:
    left, elsewhere = report.of("left"), report.of("elsewhere")
    if left:
        yield f"{len(left):,} left for the next run."
    if elsewhere:
        yield f"{len(elsewhere):,} loaded by another run at the same time."


def _datasets(datasets: Sequence[Kept]) -> Iterator[str]:
    if datasets:
        yield "### How the datasets stand"
        head = ("Dataset", "Account", "Newest day", "Missing", "Next run")
        rows = (
            (_text(one.dataset), _text(one.profile), _day(one.newest), _holes(one), _moment(one.next))
            for one in datasets[:MOST]
        )
        yield _table(head, rows)
        yield from _more(datasets)


def _holes(one: Kept) -> str:
    if not one.missing:
        asked = one.days.get("asked", 0)
        return f"none; {_days(asked)} on the way" if asked else "none"
    more = f" and {len(one.holes) - 3} more" if len(one.holes) > 3 else ""
    shown = ", ".join(hole.replace("..", " … ") for hole in one.holes[:3])
    return f"**{_days(one.missing)}**: {shown}{more}"


def _accounts(accounts: Iterable[Standing]) -> Iterator[str]:
    told = [one for one in accounts if one.parked or one.words or one.open]
    if told:
        yield "### What waits"
        lines = []
        for one in told:
            words = [f"{one.taken} of {one.slots} slots taken", f"{one.open:,} jobs open"]
            words += [f"**parked**: {_code('dmr resume ' + ' '.join(one.parked))}"] if one.parked else []
            lines.append(f"- {_text(one.profile)}: {', '.join([*words, *filter(None, [_text(one.words)])])}")
        yield "\n".join(lines)


def _foot(report: RunReport) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    notes = "".join(f"> {_text(warning)}\n>\n" for warning in report.warnings)
    return f"{notes}<sub>Run {report.id} · {_text(versions)}</sub>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a heading that ends with a colon is one of figures."""
    names = [name.rstrip(":") for name in head]
    lines = [names, ["---:" if name.endswith(":") else "---" for name in head], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _more(rows: Sequence[object]) -> Iterator[str]:
    if len(rows) > MOST:
        yield f"… and {len(rows) - MOST:,} more; the JSON report has all."


def _window(one: Brought) -> str:
    if one.start is None or one.end is None:
        return ""
    return f"{one.start}" if one.start == one.end else f"{one.start} … {one.end}"


def _days(count: int) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"


def _day(day: date | None) -> str:
    return str(day) if day else "none"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "with the next sync"


def _size(size: int) -> str:
    if not size:  # it was here already, or somebody else has fetched it
        return ""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _text(words: str) -> str:
    """What may have been written by strangers, as text and nothing else."""
    shown = harmless(words)
    for sign in "\\`*_[]<>|#":
        shown = shown.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return shown


def _code(words: str) -> str:
    return f"`{harmless(words).replace('`', ' ')}`"
