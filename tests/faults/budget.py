"""How many random cases are tried, and from which seed.

``DMR_TEST_FUZZ`` is their number in all: 100 in ``make test``, 500 in ``.ci/run``, 20,000 in ``make prove``.  Each of
the four tests that send requests takes a quarter, and so does each other test of random cases.
``DMR_TEST_FUZZ_SEED`` repeats a run; without it each run has a seed of its own, which it prints.
"""

import os
import secrets
from collections import Counter
from typing import Final

from hypothesis import HealthCheck, Phase, settings

CASES: Final = max(25, int(os.environ.get("DMR_TEST_FUZZ", "100")) // 4)
SEED: Final = int(os.environ.get("DMR_TEST_FUZZ_SEED") or secrets.randbelow(2**32))

SETTINGS: Final = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def told(what: str, statuses: Counter[int], more: str = "") -> None:
    """Say what was tried and how it was answered, for whoever reads along with ``-s``, or reads of a failure."""
    mix = ", ".join(f"{status or 'no answer'}: {times:,}" for status, times in sorted(statuses.items()))
    print(f"{what}: {statuses.total():,} cases ({mix}){more}, DMR_TEST_FUZZ_SEED={SEED}")


def resident() -> int:
    """Bytes of memory that this process holds now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
