"""``TokenStore``: the tokens of one account, shared by every process of this user.

It reads and writes whole records in a vault (files of mode 0600, or the system's keyring), and lends the lock under
which a renewal happens: whoever holds it reads again before asking, since another process may have been first.
Times are kept by the wall clock, and turned into this process's own clock when they are read: a clock that was set
back or forward makes a token due early, or is noticed by the service's refusal.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from dailymotion_reports.errors import SecretsUnusable
from dailymotion_reports.flows.retry import ATTEMPTS
from dailymotion_reports.flows.session import RENEW_AT, Tokens
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings.private import private_folder
from dailymotion_reports.settings.vault import Vault
from dailymotion_reports.wire.faults import LONGEST_RETRY_AFTER

LOCK_SECONDS: Final = ATTEMPTS * (LONGEST_RETRY_AFTER + 60.0)
"""The longest wait for another process's renewal: as long as one may take whom the service tells to wait."""

_POLL: Final = 0.05
_FAR: Final = 1e11
"""Seconds since the epoch that no token sees; what is no number at all is not below it either."""


class TokenStore:
    """A `Memory` on disk, and the lock that goes with it.

    ``client`` is the key that the tokens belong to: a record of another key counts as none; None takes any.
    ``locks`` is the folder of lock files; ``wall`` gives seconds since the epoch, ``clock`` those of the session.
    """

    def __init__(
        self,
        vault: Vault,
        name: str,
        client: str | None,
        locks: Path,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vault, self._name = vault, name
        self._client = None if client is None else hashlib.sha256(_bytes(client)).hexdigest()[:16]
        self._file = locks / f"{name}.lock"
        self._wall, self._clock = wall, clock

    def recall(self) -> Tokens | None:
        """The tokens that are kept, or None.  Raises SecretsUnusable where they cannot be read or trusted."""
        record = self._vault.read(self._name)
        if record is None:
            return None
        tokens = self._decoded(record)
        return tokens if self._client in (None, record["client"]) else None

    def remember(self, tokens: Tokens) -> None:
        """Keep these in place of what was kept, whole or not at all.  Raises SecretsUnusable."""
        self._vault.write(self._name, self._encoded(tokens))

    def check(self, tokens: Tokens) -> None:
        """Raise SecretsUnusable where such tokens could not be kept now: written beside, and taken away again."""
        beside = f"{self._name}+"
        self._vault.write(beside, self._encoded(tokens))
        self._vault.delete(beside)

    def forget(self) -> bool:
        """Keep nothing any more; whether there was something.  Raises SecretsUnusable."""
        return self._vault.delete(self._name)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The lock of the account, among processes and threads.  Raises SecretsUnusable where it cannot be had."""
        lock = self._lock()
        try:
            lock.acquire(timeout=LOCK_SECONDS, poll_interval=_POLL)
        except Timeout:
            raise self._busy() from None
        except OSError as error:
            raise self._unlockable(error) from None
        try:
            yield
        finally:
            lock.release()

    @asynccontextmanager
    async def aheld(self) -> AsyncIterator[None]:
        """`held` for coroutines; no thread waits."""
        lock = self._lock()
        deadline = self._clock() + LOCK_SECONDS
        while not self._taken(lock):
            if self._clock() > deadline:
                raise self._busy()
            await asyncio.sleep(_POLL)
        try:
            yield
        finally:
            lock.release()

    def _taken(self, lock: FileLock) -> bool:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            raise self._unlockable(error) from None
        return True

    def _lock(self) -> FileLock:
        """A lock of its own each time: two sessions of one thread must not share it either."""
        try:
            private_folder(self._file.parent)
        except OSError as error:
            raise self._unlockable(error) from None
        return FileLock(self._file, mode=0o600, thread_local=False, is_singleton=False)

    def _busy(self) -> SecretsUnusable:
        return SecretsUnusable(
            "Another process has been renewing the tokens of this account for too long.",
            where=str(self._file),
            hint="Find out whether it hangs; its lock ends with it.",
        )

    def _unlockable(self, error: OSError) -> SecretsUnusable:
        return SecretsUnusable(
            f"{self._file} cannot be locked: {error.strerror or type(error).__name__}.",
            where=str(self._file),
            hint="Set DMR_HOME to a folder that you may write to, or DMR_KEEP_TOKENS=no to keep no tokens.",
        )

    def _encoded(self, tokens: Tokens) -> dict[str, Any]:
        now, elapsed = self._wall(), self._clock()
        return {
            "client": self._client,
            "access": tokens.access.reveal(),
            "refresh": tokens.refresh.reveal() if tokens.refresh else None,
            "kept_at": now,
            "ends_at": now + (tokens.ends_at - elapsed),
            "lives": (tokens.ends_at - tokens.renew_at) / (1 - RENEW_AT),
            "scopes": sorted(tokens.scopes) if tokens.scopes is not None else None,
        }

    def _decoded(self, record: Mapping[str, Any]) -> Tokens:
        try:
            return self._tokens(record)
        except (KeyError, TypeError, ValueError):
            raise SecretsUnusable(
                f"What is kept in {self._vault.describe(self._name)} is damaged: these are no tokens.",
                where=self._vault.describe(self._name),
                hint="It was left as it is. Sign out, then sign in again.",
                next="dmr auth logout",
            ) from None

    def _tokens(self, record: Mapping[str, Any]) -> Tokens:
        now = self._wall()
        _text(record["client"])
        if not all(abs(float(record[key])) < _FAR for key in ("ends_at", "kept_at", "lives")):
            raise ValueError("a time out of all measure, or none")
        left = float(record["ends_at"]) - now
        due = float(record["kept_at"]) > now  # the clock was set back, so that nobody knows how old it is
        until_renewal = float("-inf") if due else left - (1 - RENEW_AT) * float(record["lives"])
        scopes = record.get("scopes")
        return Tokens(
            access=Secret(_text(record["access"])),
            refresh=Secret(_text(record["refresh"])) if record["refresh"] else None,
            renew_at=self._clock() + until_renewal,
            ends_at=self._clock() + left,
            scopes=frozenset(map(_text, scopes)) if scopes is not None else None,
        )


def _bytes(text: str) -> bytes:
    """The text as bytes, were it none that UTF-8 holds."""
    return text.encode("utf-8", "surrogatepass")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(value)
    return value
