"""A program that runs a dlt pipeline, and is killed at a step: the n-th time that dlt moves a file of the pipeline.

It reads orders, a line of JSON each, and forks for each of them: nothing is imported twice, and what dies is a
process of its own, by SIGKILL.  It answers with how many steps there were, or that it was killed.
"""

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import dlt
from tests.quiet_dlt import quiet
from tests.unit.destinations.killed_loads import forked
from tests.unit.integrations.answering import JULY, Answering

from dailymotion_reports.integrations.dlt_source import Dataset, dailymotion_reports_source


class Steps:
    """Counts the files below ``folder`` that are moved, and dies at one of them; at 0 never."""

    def __init__(self, folder: str, last: int) -> None:
        self.folder, self.last, self.count = folder, last, 0
        sys.addaudithook(self.seen)

    def seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and str(arguments[0]).startswith(self.folder):
            self.count += 1
            if self.count == self.last:
                os.kill(os.getpid(), signal.SIGKILL)


def carried_out(order: dict[str, Any]) -> list[int]:
    """Ask and load, as the how-to has it: what a run has left is dropped first; how many steps that took."""
    folder = Path(order["folder"])
    steps = Steps(str(folder / "pipelines"), order["last"])
    with quiet(folder):
        run(folder, order["text"])
    return [steps.count]


def run(folder: Path, text: str) -> None:
    """A run as the how-to has it."""
    into = dlt.destinations.duckdb(str(folder / "warehouse.duckdb"))
    pipeline = dlt.pipeline("reports", pipelines_dir=str(folder / "pipelines"), destination=into, dataset_name="ours")
    if pipeline.has_pending_data:
        pipeline = pipeline.drop()
    answers = Answering(folder / f"answers-{len(text)}", text)
    pipeline.run(dailymotion_reports_source(Dataset.of("views", "views", "day", **JULY), workspace=answers.workspace))


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(forked(partial(carried_out, json.loads(line)))), flush=True)
