"""Sessions: what one sign-in opened, through all its refresh tokens, until somebody ends it.

It keeps who may go on; it knows neither clocks nor credentials.
"""

from collections.abc import Callable
from typing import Final

PREFIX: Final = "sandbox-"


class Sessions:
    """The sessions of the one account.

    ``new_id`` gives a text that nobody can guess, a new one each time.  ``rotate`` says whether a refresh token
    works once or for ever.  ``reuse_revokes`` says whether one that was used before ends its whole session, since
    somebody may have stolen it (RFC 9700, section 4.14).  Both are assumed.
    """

    def __init__(self, new_id: Callable[[], str], *, rotate: bool = True, reuse_revokes: bool = False) -> None:
        self._new_id, self._rotate, self._reuse_revokes = new_id, rotate, reuse_revokes
        self._good: dict[str, str] = {}
        self._spent: dict[str, str] = {}
        self._ended: set[str] = set()

    def begin(self) -> str:
        """The name of a new session."""
        return self._new_id()

    def lasts(self, session: str) -> bool:
        """Whether nobody has ended the session."""
        return session not in self._ended

    def of(self, refresh_token: str) -> str | None:
        """The session that a good refresh token belongs to, or None."""
        return self._good.get(refresh_token)

    def refresh_token(self, session: str, tail: str = "") -> str:
        """A new refresh token of the session; ``tail`` stands at its end."""
        token = PREFIX + self._new_id() + tail
        self._good[token] = session
        return token

    def renew(self, refresh_token: str, tail: str = "") -> str:
        """What a good refresh token is replaced with: another one, or itself where they do not rotate."""
        if not self._rotate:
            return refresh_token
        return self.refresh_token(self.spend(refresh_token), tail)

    def spend(self, refresh_token: str) -> str:
        """Let a good refresh token have been used; its session."""
        session = self._spent[refresh_token] = self._good.pop(refresh_token)
        return session

    def reused(self, refresh_token: str) -> bool:
        """Whether the refresh token was used before and its session ends for that, now."""
        session = self._spent.get(refresh_token)
        if session is None or not self._reuse_revokes or not self.lasts(session):
            return False
        self.end(session)
        return True

    def end(self, session: str) -> None:
        """Let no token of the session be good any more."""
        self._ended.add(session)
        self._good = {token: one for token, one in self._good.items() if one != session}
