"""Random questions: planned, asked at the sandbox, put together, and compared with its independent truth.

``DMR_TEST_QUESTIONS`` says how many, ``DMR_TEST_QUESTIONS_SEED`` repeats a run.
"""

import os
import random
from collections import Counter
from dataclasses import replace

import pytest
from tests.questions.drawn import KINDS, Drawn, drawn, fewest, small, why_not

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.testing.rows import difference
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

QUESTIONS = int(os.environ.get("DMR_TEST_QUESTIONS", "60"))
SEED = int(os.environ.get("DMR_TEST_QUESTIONS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
CHUNKS = 10
CATALOG = small()
MIX: Counter[str] = Counter()
ROWS: Counter[bool] = Counter()
"""How many answers had rows, and how many had none."""


def planned(query: ReportQuery) -> Plan | None:
    """The plan of a question, or None where it is refused."""
    try:
        return plan(query, CATALOG)
    except InvalidQuery:
        return None


def is_legal(made: Plan) -> bool:
    """Whether the service takes each report of a plan, by the published limits and matrix."""
    return all(
        len(one.dimensions) <= CATALOG.limits.max_dimensions
        and one.window.days <= CATALOG.limits.max_days
        and not any(CATALOG.fit(m, d) == "denied" for m in one.metrics for d in one.dimensions)
        for one in made.requests
    )


def truth_of(query: ReportQuery, twin: Twin) -> list[dict[str, object]]:
    """What is true of a question."""
    own = query.filters.get("videoOwnerChannelSlug")
    return twin.truth(
        query.metrics,
        query.dimensions,
        start=query.window.start,
        end=query.window.end,
        product=query.products or "CONTENT",
        channels=query.channels or ([own] if own else ()),
        timezone=query.timezone,
    )


def check(one: Drawn, twin: Twin, workspace: Workspace) -> None:
    """A question has its true answer by the fewest legal reports, or is refused where there is none."""
    reasons, made = list(why_not(one.query, CATALOG)), planned(one.query)
    told = f"{one.query}\n  again: DMR_TEST_QUESTIONS_SEED={SEED}"
    assert (made is None) == bool(reasons), f"{reasons or 'it has an answer'}: {told}"
    if made is None:
        MIX["refused"] += 1
        return
    MIX[one.kind if one.kind != "refused" else "single"] += 1
    assert is_legal(made), told
    assert len(made.requests) == fewest(one.query, CATALOG), told
    rows = workspace.run(replace(made, warnings=())).rows()
    ROWS[bool(rows)] += 1
    wrong = difference(rows, truth_of(one.query, twin))
    assert not wrong, f"{told}\n{wrong}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_answer_is_the_truth_to_the_last_unit_and_the_last_cent(
    twin: Twin, workspace: Workspace, chunk: int
) -> None:
    for n in range(chunk, QUESTIONS, CHUNKS):
        check(drawn(random.Random(SEED + n), twin.channels, CATALOG), twin, workspace)


def test_every_kind_of_question_was_asked() -> None:
    print(f"\n{MIX.total()} questions, seed {SEED}: {dict(MIX)}")
    rare = [kind for kind in KINDS if MIX[kind] < MIX.total() / 20]
    assert not rare or MIX.total() < 100, f"too few of {rare}"


def test_most_answers_have_rows_to_compare() -> None:
    assert ROWS[True] >= 4 * ROWS[False], ROWS
