"""Write docs/reference/jobs.md from the table of states that the code obeys, or check it against that."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any

from dailymotion_reports.jobs.enlisting import REUSE_SECONDS
from dailymotion_reports.jobs.lifecycle import AGAIN_AFTER, MAX_AGAIN, MAX_REFUSALS, MAX_RENEWALS
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import KEPT, OPEN, SUCCESSORS
from pages import REFERENCE, checking, kept, one_line

PAGE = REFERENCE / "jobs.md"

HEAD = """\
# A job's life

Written from `src/dailymotion_reports/jobs/states.py`: no ledger takes a move that is not drawn here. `dmr status JOB`
shows the moves that a job has made, each with its time and its reason.

```
   Planned ──▶ Submitting ──▶ Waiting ──▶ Ready ──▶ Fetched ──▶ Loaded
      ▲            │             │          │
      │            │             │          └─────▶ Empty ────▶ Loaded
      │            │             │
      ├──── lost ──┘             ├──▶ Failed ──┐
      │                          └──▶ Gone ────┤     (Parked: from Planned, Waiting or Ready,
      └──────── asked for anew, at most {again} times ────┘      and back, by dmr resume)
```

| state | what it is | what may follow |
|---|---|---|"""

TAIL = """
## How long, how often

| what | how much |
|---|---|
| a slot is held at most | {life:.0f} minutes, unless the service says before that the report has ended |
| a report that failed, was lost or deleted is asked for anew | {again} times, after {after} seconds |
| expired links are asked for anew | {renewals} times |
| a refusal that nobody can classify, while slots are in use, is waited out | {refusals} times |
| the same question shares an answer that was asked for at most | {reuse:.0f} minutes ago |
"""


def page() -> Iterator[str]:
    """The parts of the page."""
    yield HEAD.format(again=MAX_AGAIN)
    for state, after in SUCCESSORS.items():
        names = ", ".join(one.__name__ for one in after if one is not state)
        yield f"| {_marked(state)} | {one_line(inspect.getdoc(state))} | {names or 'nothing: the end'} |"
    yield "\n*Open* states have something to do without a person; of *kept* ones the rows are here."
    yield TAIL.format(
        life=LONGEST_LIFE / 60,
        again=MAX_AGAIN,
        after=", ".join(f"{seconds:.0f}" for seconds in AGAIN_AFTER),
        renewals=MAX_RENEWALS,
        refusals=MAX_REFUSALS,
        reuse=REUSE_SECONDS / 60,
    )


def _marked(state: type[Any]) -> str:
    name = state.__name__
    kind = "open" if name.lower() in OPEN else "kept" if name.lower() in KEPT else ""
    return f"`{name}`" + (f" ({kind})" if kind else "")


def main() -> int:
    """Write or check; returns the exit code."""
    return kept({PAGE: "\n".join(page())}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
