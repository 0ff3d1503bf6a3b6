"""What a workspace says while it works, for whoever draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dailymotion_reports.errors import DmrError
from dailymotion_reports.files.manifest import Manifest


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file that is here, checked, where it is for now, and what its report is; others may be on their way."""

    manifest: Manifest
    path: Path
    sha256: str = ""
    """Of its bytes, in hex."""


@dataclass(frozen=True, slots=True)
class ComingFile:
    """A file of which bytes are about to come, where it is for now, and what its report is; nothing is checked yet."""

    manifest: Manifest
    path: Path
    length: int | None = None
    """How many bytes it is going to have, where that was told."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that happened.

    ``waited`` are seconds since the report was asked for, ``word`` the service's own status in small letters,
    ``file`` and ``files`` count downloads from 1, ``received`` counts bytes of that file.  ``done`` of ``jobs`` reports
    are here.  ``parting`` is told where a report is too large, and is asked for in parts.  ``coming`` is there before
    the bytes of an answer, which are those of the file from ``received`` on; ``whole`` where a file is here; ``met``
    where a download met an error and is tried again.
    """

    stage: Literal["asking", "waiting", "downloading", "parting", "done"]
    waited: float = 0.0
    word: str = ""
    file: int = 0
    files: int = 0
    received: int = 0
    jobs: int = 1
    done: int = 0
    coming: ComingFile | None = None
    whole: WholeFile | None = None
    met: DmrError | None = None


Listener = Callable[[Progress], object]
"""Called on the thread or loop that works; it should be quick."""


def unheard(progress: Progress) -> None:
    """The listener of whoever does not listen."""
