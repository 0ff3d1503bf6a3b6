"""Files on their way as a file system of fsspec, which is how DuckDB reads what is no file of the system."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fsspec import AbstractFileSystem

from dailymotion_reports.tables.arriving import ArrivingFile


class ArrivingFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """``coming`` under their places in it, each ``scheme://PLACE``."""

    cachable = False

    def __init__(self, scheme: str, coming: Sequence[ArrivingFile]) -> None:
        super().__init__()
        self.protocol = scheme
        self._coming = coming

    def glob(self, path: str, **_: Any) -> list[str]:
        """The path itself: no name is a pattern."""
        return [path]

    def exists(self, path: str, **_: Any) -> bool:
        """Nobody asks for another than there are."""
        return True

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Its size, waited for."""
        return {"name": path, "size": self._file(path).size(), "type": "file"}

    def modified(self, path: str) -> datetime:
        """Always the same: what came of a file does not change."""
        return datetime(2000, 1, 1, tzinfo=UTC)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> "_Opened":
        return _Opened(self._file(path))

    def _file(self, path: str) -> ArrivingFile:
        return self._coming[int(path.rpartition("/")[2])]


class _Opened:
    """One that is read; what DuckDB asks of an open file, and no more."""

    def __init__(self, file: ArrivingFile) -> None:
        self._file, self._at = file, 0

    def read(self, most: int) -> bytes:
        """The next bytes."""
        data = self._file.read(self._at, most)
        self._at += len(data)
        return data

    def seek(self, at: int) -> int:
        """Go on reading elsewhere."""
        self._at = at
        return at

    def tell(self) -> int:
        """Where the next bytes are read from."""
        return self._at

    def close(self) -> None:
        """Nothing is held open."""
