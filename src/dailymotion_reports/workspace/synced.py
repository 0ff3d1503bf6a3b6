"""What a run of `Sync` may cost, and what came of it, piece by piece.  Values only."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dailymotion_reports.destinations.base import LoadReceipt
from dailymotion_reports.errors import DmrError
from dailymotion_reports.query.period import Window
from dailymotion_reports.workspace.access import name_profile
from dailymotion_reports.workspace.standing_orders import Piece, Remark


@dataclass(frozen=True, slots=True)
class Budget:
    """How many reports each account may be asked for, and how many seconds a run may take."""

    reports: int = sys.maxsize
    seconds: float = float("inf")


UNLIMITED: Final = Budget()


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of a piece: its receipt, or why there is none; neither, where the run ended before.

    What is remarkable about a load stands in ``remarks``.  With ``elsewhere`` another run has loaded it.  A dataset of
    which it could not be found out what it wants has an error and no ``window``, and no ``profile`` where it is so for
    several accounts.
    """

    dataset: str
    profile: str
    window: Window | None = None
    receipt: LoadReceipt | None = None
    error: DmrError | None = None
    elsewhere: bool = False
    remarks: tuple[Remark, ...] = ()


Tell = Callable[[Synced], object]
"""Hears what came of each piece."""


def left(piece: Piece) -> Synced:
    """A piece that a run did not come to."""
    return Synced(piece.dataset.name, piece.profile, piece.window)


def failed(piece: Piece, error: DmrError) -> Synced:
    """A piece that was not loaded; the error's next command then names the account."""
    name_profile(error, piece.profile)
    return Synced(piece.dataset.name, piece.profile, piece.window, error=error)
