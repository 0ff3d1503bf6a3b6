"""What all tests share: programs of the system that some need, and a home of their own."""

import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.programs import located

pytest_plugins = ["tests.thorough", "tests.rows", "tests.facts", "tests.command", "tests.watch", "tests.postgres"]

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start: a shell's job in the background ignores it, and so would all its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is absent, or fail it where the machine has promised to have it."""
    for marker in item.iter_markers("system"):
        absent = [command for command in marker.args if located(command) is None]
        if absent and os.environ.get("DMR_TEST_SYSTEM") == "required":
            pytest.fail(f"needs {', '.join(absent)}, which this machine promised to have")
        if absent:
            pytest.skip(f"needs {', '.join(absent)}, which is not installed")


@pytest.fixture(autouse=True, scope="session")
def own_scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests and the programs that they end by force leave in the system's temporary folder goes with their own."""
    folder = str(tmp_path_factory.mktemp("tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own DMR_HOME and none of the caller's DMR_ variables."""
    for name in [name for name in os.environ if name.startswith("DMR_") and not name.startswith("DMR_TEST_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("DMR_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def own_log_handlers() -> Iterator[None]:
    """What a test logs to (``--debug`` does) ends with it, and not when its stream is closed."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = [one for one in root.handlers if one in handlers]
    root.setLevel(level)
