"""What the command line says of the doors, read and checked before anything is loaded."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from studio.doors.accounts import Accounts
from studio.doors.guard import LOOPBACK, plain_name
from studio.doors.places import plain_root

__all__ = ["Doors"]

PLAIN = (
    "Whoever can read the network can read passwords sent to http://; put a proxy with TLS in "
    "front, as SECURITY.md says."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """Who may come in and by which name."""

    accounts: Accounts | None
    hosts: frozenset[str]
    addresses: bool
    root_path: str
    warnings: tuple[str, ...]
    """Sentences for whoever opens the studio"""

    @classmethod
    def of(
        cls, host: str, auth: str | None, auth_file: Path | None, allowed: list[str], root_path: str
    ) -> Doors:
        """Read the options.

        Args:
            host: Address to listen on.
            auth: `USER:PASSWORD`, or None.
            auth_file: File of such lines, or None.
            allowed: Further names that lead to the studio.
            root_path: Sub-path of a proxy.

        Raises:
            ValueError: One is no such thing, or the studio would be open to all.
        """
        accounts = _accounts(auth, auth_file)
        beyond = host not in LOOPBACK
        if beyond and accounts is None:
            raise ValueError(
                f"Without a login the studio opens only on this machine "
                f"({', '.join(sorted(LOOPBACK))}), not on {host!r:.80}. Give one with --auth "
                "USER:PASSWORD, --auth-file FILE or STUDIO_AUTH, or forward the port over SSH."
            )
        names = {plain_name(name) for name in allowed}
        if beyond and not _is_wildcard(host):
            names.add(plain_name(host))
        warnings = accounts.warnings if accounts else ()
        return cls(
            accounts=accounts,
            hosts=LOOPBACK | names,
            # Rebinding needs a name, and behind a forwarded port the machine's own is unknown.
            addresses=beyond,
            root_path=plain_root(root_path),
            warnings=(*warnings, PLAIN) if beyond else warnings,
        )


def _accounts(auth: str | None, auth_file: Path | None) -> Accounts | None:
    if auth and auth_file:
        raise ValueError("Give --auth (or STUDIO_AUTH) or --auth-file, not both.")
    if auth_file:
        return Accounts.from_file(auth_file)
    return Accounts.of(auth) if auth else None


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
