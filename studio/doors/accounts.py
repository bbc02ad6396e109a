"""Who may log in: names and hashes of passwords. The passwords themselves are kept nowhere.

A line is `user:password`, or `user:scrypt$...` as `python -m studio.doors USER` prints it. A hash
is

    scrypt(password, salt, N = 2**14, r = 8, p = 1), 32 bytes of a salt of 16

which takes some 50 ms and 16 MiB, for those who guess as for those who know. The function is from
Stronger Key Derivation via Sequential Memory-Hard Functions (Percival, 2009), RFC 7914.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Accounts", "Hashed", "line_of"]

COST, BLOCK, LANES = 1 << 14, 8, 1
MOST_ACCOUNTS = 1000
MOST_LETTERS = 200
"""Of a name and of a password"""
MOST_FILE_BYTES = 1 << 20
SCRYPT = re.compile(r"scrypt\$([A-Za-z0-9+/=]{22,90})\$([A-Za-z0-9+/=]{43,90})")


@dataclass(frozen=True, slots=True, repr=False)
class Hashed:
    """A password that can be recognised, but not read."""

    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> Hashed:
        """Hash a password with a salt of its own."""
        salt = secrets.token_bytes(16)
        return cls(salt, _scrypt(password, salt))

    @classmethod
    def read(cls, text: str) -> Hashed | None:
        """Read what `str` gives; None if it is something else."""
        found = SCRYPT.fullmatch(text)
        try:
            salt, digest = (base64.b64decode(part, validate=True) for part in found.groups())  # type: ignore[union-attr]
        except (AttributeError, ValueError):
            return None
        return cls(salt, digest) if len(salt) >= 16 and len(digest) == 32 else None

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"scrypt${salt}${digest}"

    def fits(self, password: str) -> bool:
        """Whether it is the hash of a password; takes as long if it is not."""
        return hmac.compare_digest(_scrypt(password, self.salt), self.digest)


def _scrypt(password: str, salt: bytes) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=COST, r=BLOCK, p=LANES, maxmem=1 << 26, dklen=32)


NOBODY = Hashed(b"\0" * 16, b"\0" * 32)
"""Compared with where there is no such name, so that it takes as long"""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The names that may log in."""

    hashes: dict[str, Hashed] = field(repr=False)
    warnings: tuple[str, ...] = ()
    """Sentences for whoever opens the studio"""

    def __post_init__(self) -> None:
        if not self.hashes:
            raise ValueError("There is no account; give one as USER:PASSWORD.")
        if len(self.hashes) > MOST_ACCOUNTS:
            raise ValueError(f"At most {MOST_ACCOUNTS} accounts are kept; these are more.")

    @classmethod
    def of(cls, *lines: str) -> Accounts:
        """Read accounts as `user:password` or `user:scrypt$...`.

        Raises:
            ValueError: One is not written so; the password is not repeated in the message.
        """
        hashes: dict[str, Hashed] = {}
        short = []
        for number, line in enumerate(lines, 1):
            user, hashed, brief = _account(line, number)
            if user in hashes:
                raise ValueError(f"There are two accounts of the name {user!r:.80}; keep one.")
            hashes[user] = hashed
            short += [user] if brief else []
        warnings = [
            f"The password of {user!r:.80} is short; 12 letters are better." for user in short
        ]
        return cls(hashes, tuple(warnings))

    @classmethod
    def from_file(cls, path: Path) -> Accounts:
        """Read accounts from a file, one a line; `#` begins a comment line.

        Raises:
            ValueError: It cannot be read, or a line is no account.
        """
        try:
            if path.stat().st_size > MOST_FILE_BYTES:
                raise ValueError(f"{path} is over 1 MiB; a file of accounts is not.")
            text = path.read_text(encoding="utf-8")
            mode = path.stat().st_mode
        except OSError as error:
            raise ValueError(
                f"The accounts in {path} cannot be read: {error.strerror or error}."
            ) from None
        except UnicodeDecodeError:
            raise ValueError(
                f"{path} is no text in UTF-8; write one user:password a line."
            ) from None
        lines = [line.strip() for line in text.splitlines()]
        found = cls.of(*(line for line in lines if line and not line.startswith("#")))
        if os.name == "nt" or not mode & (stat.S_IRGRP | stat.S_IROTH):
            return found
        open_file = f"Others on this machine can read {path}; close it to them: chmod 600 {path}"
        return cls(found.hashes, (open_file, *found.warnings))

    def check(self, user: str, password: str) -> bool:
        """Whether a name and a password belong together; takes 50 ms, whoever asks."""
        known = self.hashes.get(user)
        fits = (known or NOBODY).fits(password[: MOST_LETTERS + 1])
        return fits and known is not None


def _account(line: str, number: int) -> tuple[str, Hashed, bool]:
    """Return name, hash, and whether the password is short."""
    user, colon, password = line.partition(":")
    if not colon or not user or not password or not user.isprintable() or user != user.strip():
        raise ValueError(f"Account {number} is not written as USER:PASSWORD; give both.")
    if max(len(user), len(password)) > MOST_LETTERS:
        raise ValueError(f"Account {number} is too long; {MOST_LETTERS} letters are the most.")
    if kept := Hashed.read(password):
        return user, kept, False
    if password.startswith("scrypt$"):
        raise ValueError(
            f"The hash of account {number} is not whole; make it anew: python -m studio.doors USER"
        )
    return user, Hashed.of(password), len(password) < 8


def line_of(user: str, password: str) -> str:
    """Return the line of an account for `--auth-file`, with the password hashed.

    Raises:
        ValueError: The name or the password cannot be kept.
    """
    _account(f"{user}:{password}", 1)
    if ":" in user:
        raise ValueError("A name cannot hold a colon.")
    return f"{user}:{Hashed.of(password)}"
