"""A sandbox as a test sees it: its addresses, its truth, its troubles."""

import csv
import io
import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Dmr = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs ``dmr`` with these arguments in a process of its own."""


@dataclass(frozen=True)
class Served:
    """A sandbox that listens, and what it says of itself."""

    info: dict[str, Any]

    @property
    def channel(self) -> str:
        return str(self.info["channels"][0])

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a user reaches it."""
        return {
            "DMR_URL": self.info["url"],
            "DMR_API_KEY": self.info["api_key"],
            "DMR_API_SECRET": self.info["api_secret"],
            "DMR_USERNAME": self.info["username"],
            "DMR_PASSWORD": self.info["password"],
            "DMR_PROFILE": "sandbox",
        }

    def truth(self, metrics: str, dimensions: str, start: str, end: str, channel: str = "") -> list[list[str]]:
        """Records of the truth, header first."""
        asked = {"metrics": metrics, "dimensions": dimensions, "start": start, "end": end}
        if channel:
            asked["videoOwnerChannelSlug"] = channel
        text = self._get(f"/_sandbox/truth?{urllib.parse.urlencode(asked)}")
        return list(csv.reader(io.StringIO(text, newline="")))

    @property
    def stats(self) -> dict[str, Any]:
        return dict(json.loads(self._get("/_sandbox/stats")))

    def arm(self, name: str, times: int = 1) -> None:
        """Arm a fault."""
        self._post("/_sandbox/faults", {"name": name, "times": times})

    def turn_clock(self, seconds: float) -> None:
        """Set the sandbox's clock forward."""
        self._post("/_sandbox/clock", {"advance_seconds": seconds})

    def reset(self) -> None:
        self._post("/_sandbox/reset", {})

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.info["url"] + path) as answer:
            return str(answer.read().decode())

    def _post(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(
            self.info["url"] + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            answer.read()


def records(path: Path) -> list[list[str]]:
    """Records of a CSV file, header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
