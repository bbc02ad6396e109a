"""How many passwords may be guessed: some at once, then one every so often, a buckets' rule.

A bucket holds `most` guesses and gets one back every `every_s` seconds. Each address has one, and
all together have one; a password that was right gives its guess back.
"""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass

__all__ = ["Guesses", "TooManyGuesses", "place_of"]

MOST_ADDRESSES = 4096


class TooManyGuesses(ValueError):
    """No more passwords are looked at for now.

    Args:
        wait_s: Seconds until one is again.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        after = f"{self.wait_s} seconds" if self.wait_s > 1 else "a second"
        super().__init__(f"Too many passwords were tried; try again in {after}.")


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float

    def fill(self, most: int, every_s: float, now: float) -> None:
        self.left = min(most, self.left + (now - self.at) / every_s)
        self.at = now


class Guesses:
    """Counts them.

    Args:
        most: By one address at once.
        every_s: Seconds until an address has one more.
        most_in_all: By all addresses at once.
        every_in_all_s: Seconds until all have one more.
    """

    def __init__(
        self,
        most: int = 10,
        every_s: float = 30.0,
        most_in_all: int = 100,
        every_in_all_s: float = 1.0,
    ) -> None:
        self.most, self.every_s = most, every_s
        self.most_in_all, self.every_in_all_s = most_in_all, every_in_all_s
        self._all = _Bucket(most_in_all, time.monotonic())
        self._of: dict[str, _Bucket] = {}

    def take(self, address: str) -> None:
        """Take a guess, before the password is looked at.

        Raises:
            TooManyGuesses: None is left.
        """
        now = time.monotonic()
        own = self._of.pop(address, None) or _Bucket(self.most, now)
        self._of[address] = own
        while len(self._of) > MOST_ADDRESSES:
            del self._of[next(iter(self._of))]
        own.fill(self.most, self.every_s, now)
        self._all.fill(self.most_in_all, self.every_in_all_s, now)
        if own.left < 1:
            raise TooManyGuesses((1 - own.left) * self.every_s)
        if self._all.left < 1:
            raise TooManyGuesses((1 - self._all.left) * self.every_in_all_s)
        own.left -= 1
        self._all.left -= 1

    def give_back(self, address: str) -> None:
        """The password was right."""
        if own := self._of.get(address):
            own.left = min(self.most, own.left + 1)
        self._all.left = min(self.most_in_all, self._all.left + 1)


def place_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the first 64 bits, which one household has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
