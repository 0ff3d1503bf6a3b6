"""What a workspace says while it works, for whoever draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that happened.

    ``waited`` are seconds since the report was asked for, ``word`` the service's own status in small letters,
    ``file`` and ``files`` count downloads from 1, ``received`` counts bytes of that file.  ``done`` of ``jobs`` reports
    are here.  ``parting`` is told where a report is too large, and is asked for in parts.
    """

    stage: Literal["asking", "waiting", "downloading", "parting", "done"]
    waited: float = 0.0
    word: str = ""
    file: int = 0
    files: int = 0
    received: int = 0
    jobs: int = 1
    done: int = 0


Listener = Callable[[Progress], object]
"""Called on the thread or loop that works; it should be quick."""


def unheard(progress: Progress) -> None:
    """The listener of whoever does not listen."""
