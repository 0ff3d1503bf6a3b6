"""A flow that keeps the datasets of a project; `python prefect_flow.py` serves it every ten minutes.

The command runs in a process of its own, so that a cancelled flow ends it as SIGTERM does: after the step under way.
"""

import json
import os
import subprocess
from pathlib import Path

from prefect import flow, get_run_logger, task

PROJECT = Path(os.environ.get("PROJECT", "."))
NOT_YET = (6, 8)
"""Exit codes that a retry may mend: not finished, and a service that cannot be reached."""


def may_be_mended(task: object, run: object, state: object) -> bool:
    """Whether it is worth trying again: not where it needs a person."""
    error = getattr(state, "data", None)
    code = getattr(getattr(error, "exception", error), "returncode", None)
    return code in NOT_YET


@task(retries=3, retry_delay_seconds=[600, 1200, 2400], retry_condition_fn=may_be_mended)
def sync() -> list[dict[str, object]]:
    """What came of each window of each dataset whose time has come."""
    command = ["dmr", "sync", "--scheduled", "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    get_run_logger().info(done.stderr)
    done.check_returncode()
    return list(json.loads(done.stdout)["pieces"])


@flow(name="dailymotion-reports")
def dailymotion_reports() -> list[dict[str, object]]:
    """Keep the datasets of the project in the folder that PROJECT names."""
    pieces: list[dict[str, object]] = sync()
    return pieces


if __name__ == "__main__":
    dailymotion_reports.serve(name="every-ten-minutes", cron="*/10 * * * *")
