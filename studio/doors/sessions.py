"""Who is logged in: tokens that browsers show, kept as hashes in memory, gone at a restart."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from dataclasses import dataclass, field

__all__ = ["DAY_S", "Session", "Sessions"]

DAY_S = 86_400.0


@dataclass(slots=True, eq=False)
class Session:
    """One login of a browser."""

    user: str
    until: float
    """Seconds of `time.monotonic`; over then, whatever happens"""
    seen: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is over before its time"""


class Sessions:
    """The logins that last.

    Args:
        most: How many at once; the one that was seen longest ago makes room.
        lasting_s: Seconds that each lasts at most.
        idle_s: Seconds that each lasts unseen.
    """

    def __init__(
        self, most: int = 1000, lasting_s: float = 7 * DAY_S, idle_s: float = DAY_S
    ) -> None:
        self.most, self.lasting_s, self.idle_s = most, lasting_s, idle_s
        self._kept: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def begin(self, user: str) -> str:
        """Return a new token of 256 random bits."""
        self._drop_old()
        while len(self._kept) >= self.most:
            self._end(min(self._kept, key=lambda key: self._kept[key].seen))
        token = secrets.token_urlsafe(32)
        now = time.monotonic()
        self._kept[_key(token)] = Session(user, now + self.lasting_s, now)
        return token

    def find(self, token: str) -> Session | None:
        """Return whose token it is, if it is one that lasts, and note that it was seen."""
        # By its hash, so that the time that looking takes says nothing of the tokens.
        session = self._kept.get(_key(token))
        if session is None:
            return None
        if self._is_over(session):
            self._end(_key(token))
            return None
        session.seen = time.monotonic()
        return session

    def end(self, token: str) -> None:
        """Log out."""
        self._end(_key(token))

    def _end(self, key: bytes) -> None:
        if session := self._kept.pop(key, None):
            session.ended.set()

    def _is_over(self, session: Session) -> bool:
        now = time.monotonic()
        return now >= session.until or now >= session.seen + self.idle_s

    def _drop_old(self) -> None:
        for key in [key for key, session in self._kept.items() if self._is_over(session)]:
            self._end(key)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
