"""What the repository keeps: texts and small samples, never a package or a table that somebody left behind."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The largest lock file is 0.2 MB.
LARGEST = 400_000


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a clone, or there is no git"
)
def test_no_large_file_is_tracked() -> None:
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True)
    if told.returncode:
        pytest.skip(f"git does not look at this clone: {told.stderr.decode()}")
    tracked = [ROOT / name for name in told.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    assert len(tracked) > 100
    assert [path.name for path in tracked if path.stat().st_size > LARGEST] == []
