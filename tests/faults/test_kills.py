"""A process that is killed in the middle of a download, and the next, which goes on behind what was safe on disk."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.faults.fetching import PIECE, REQUEST, STEP

from dailymotion_reports.client.sync import Client
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import sandbox_profile

pytestmark = pytest.mark.thorough

CHILD = Path(__file__).with_name("fetching.py")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Asked:
    """A request to the storage: the byte from which on it asked (None: all), and the status of the answer."""

    begin: int | None
    status: int


@dataclass
class Served:
    """A report that waits on a sandbox which listens, and a record of what its storage was asked."""

    sandbox: Sandbox
    home: Path
    told: Mapping[str, Any]
    stored: bytes
    asked: list[Asked]

    def process(self, stop_at: int) -> "subprocess.Popen[str]":
        """A process that fetches the report, and stops at a byte of it."""
        command = [sys.executable, str(CHILD), str(stop_at)]
        environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin", "HOME": str(self.home)}
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
        assert process.stdin
        process.stdin.write(json.dumps(self.told) + "\n")
        process.stdin.flush()
        return process

    def kill_at(self, byte: int) -> int:
        """Kill a process once it has that byte of the file; how many it had then."""
        with self.process(byte) as process:
            assert process.stdout
            line = process.stdout.readline()
            assert process.poll() is None, "killed while it was alive"
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        return int(line)

    def fetch(self) -> bytes:
        """What a process that nobody kills makes of it."""
        with self.process(-1) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        (path,) = out.split()
        return Path(path).read_bytes()

    @property
    def safe(self) -> int:
        """The bytes that the note of the file calls safe; none where there is no note."""
        notes = list(self.home.rglob("report_1.json"))
        return int(json.loads(notes[0].read_bytes())["synced"]) if notes else 0


def watched(sandbox: Sandbox, asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    """Write down what the storage is asked."""
    deliver = sandbox.deliver

    def delivering(method: str, url: str, headers: Mapping[str, str]) -> Delivery:
        delivery = deliver(method, url, headers)
        begin = headers.get("range", "").removeprefix("bytes=").removesuffix("-")
        asked.append(Asked(int(begin) if begin else None, delivery.status))
        return delivery

    monkeypatch.setattr(sandbox, "deliver", delivering)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with Sandbox(progress=Progress.at_once(), rows_per_file=10**9) as sandbox, running(sandbox):
        told, stored = asked_for(sandbox)
        asked: list[Asked] = []
        watched(sandbox, asked, monkeypatch)
        yield Served(sandbox, tmp_path, {**told, "home": str(tmp_path)}, stored, asked)


def asked_for(sandbox: Sandbox) -> tuple[dict[str, Any], bytes]:
    """A finished report: where it is, and its bytes."""
    info = sandbox.info()
    own, way = info["private"], SandboxTransport(sandbox)
    credentials = Credentials(own["client_id"], Secret(own["client_secret"]))
    with Client(sandbox_profile(sandbox.url, "private"), credentials, way) as client:
        accepted = client.submit(REQUEST)
        (state,) = client.states([accepted.token])
    (link,) = state.links
    with way.stream(link.reveal(), {}, 60.0) as body:
        stored = b"".join(body.chunks())
    return {"url": sandbox.url, "token": accepted.token.reveal(), "links": [link.reveal()]}, stored


@pytest.mark.row("D17")
@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 0.6, 0.99])
def test_D17_after_a_kill_the_next_process_goes_on_behind_what_was_safe(served: Served, share: float) -> None:
    byte = max(1, int(len(served.stored) * share))
    had = served.kill_at(byte)
    safe = served.safe
    assert safe <= had
    assert had - safe < max(STEP, had // 4) + PIECE
    assert list(served.home.glob("archive/??/*/*")) == []
    assert served.fetch() == served.stored
    assert served.asked == [Asked(None, 200), Asked(safe, 206) if safe else Asked(None, 200)]


@pytest.mark.row("D17")
def test_D17_killed_again_and_again_no_byte_that_was_safe_is_fetched_twice(served: Served) -> None:
    begins: list[int] = []
    for share in (0.15, 0.3, 0.45, 0.6):
        served.kill_at(int(len(served.stored) * share))
        begins.append(served.safe)
    assert 0 < begins[0] < begins[1] < begins[2] < begins[3] < len(served.stored)
    assert served.fetch() == served.stored
    assert served.asked == [Asked(None, 200), *(Asked(begin, 206) for begin in begins)]


@pytest.mark.row("D17")
def test_D17_two_processes_at_the_same_time_do_not_harm_each_other(served: Served) -> None:
    with served.process(len(served.stored) // 2) as first:
        assert first.stdout
        assert int(first.stdout.readline()) < len(served.stored)
        assert served.fetch() == served.stored
        first.send_signal(signal.SIGKILL)
    assert served.fetch() == served.stored
    assert len(list(served.home.glob("archive/??/*/*"))) == 1
    assert [asked.status for asked in served.asked] == [200, 200]
