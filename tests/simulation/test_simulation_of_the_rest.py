"""The other half of the seeds of `test_simulation`, for another worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.remote import Remote
from tests.simulation.test_simulation import CHUNKS, chunked

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    made = Remote.made()
    yield made
    made.close()


@pytest.mark.parametrize("chunk", range(1, CHUNKS, 2))
def test_no_law_is_broken_whatever_goes_wrong(remote: Remote, tmp_path: Path, chunk: int) -> None:
    chunked(remote, tmp_path, chunk)
