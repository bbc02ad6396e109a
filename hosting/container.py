"""`python -m hosting.container [OPTION ...]`: open the studio inside a container.

A container's port is listened on from outside, so there is no studio without a login. It comes from
$STUDIO_AUTH (`name:password`) or `--auth` or `--auth-file`; every other option goes to `python -m
studio` as it is. Names under which the studio may be addressed come from $STUDIO_ALLOW_HOST, with
commas between them. The port is $PORT, or 7860. In a Hugging Face Space its name and its proxy are
known.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["command", "require_writable", "surroundings"]

LOGINS = ("--auth", "--auth-file")
NAMES = ("STUDIO_ALLOW_HOST", "SPACE_HOST")
"""Variables that say how the studio is called from outside"""
MOST_PORT = 65535
PRIVATE = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16"
"""Networks that the proxy before a Space can be in, and nobody else who reaches it"""


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return the command that opens the studio.

    Args:
        arguments: Options for the studio.
        environment: Variables of the container.

    Raises:
        ValueError: There is no login, or the port is none.
    """
    named = {argument.partition("=")[0] for argument in arguments}
    if not environment.get("STUDIO_AUTH") and named.isdisjoint(LOGINS) and "--help" not in named:
        raise ValueError(
            "A studio in a container can be reached from outside and needs a login. Give one: "
            "docker run -e STUDIO_AUTH=name:password ..., or in a Space a secret called "
            "STUDIO_AUTH."
        )
    port = environment.get("PORT", "7860")
    if not port.isdecimal() or not 0 < int(port) <= MOST_PORT:
        raise ValueError(f"PORT must be a number from 1 to {MOST_PORT}, not {port!r:.40}.")
    names = ",".join(environment.get(name, "") for name in NAMES).split(",")
    allowed = [word for name in names if name.strip() for word in ("--allow-host", name.strip())]
    listening = ["--host", "0.0.0.0", "--port", port]
    return [sys.executable, "-m", "studio", *listening, *allowed, *arguments]


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the studio: in a Space, its proxy is believed that it speaks TLS."""
    in_space = {"FORWARDED_ALLOW_IPS": PRIVATE} if environment.get("SPACE_HOST") else {}
    return in_space | dict(environment)


def require_writable(workspace: Path) -> None:
    """Check that files can be kept in the workspace.

    Raises:
        ValueError: They cannot; the sentence says who may not, and what to do.
    """
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=workspace):
            pass
    except OSError as error:
        who = f"user {os.getuid()}" if hasattr(os, "getuid") else "this user"
        raise ValueError(
            f"Nothing can be kept in {workspace} ({error.strerror}): it must belong to {who}. Give "
            "the container a volume (-v latent-studio:/workspace), or make the folder theirs: "
            f"chown {os.getuid() if hasattr(os, 'getuid') else 'USER'} FOLDER."
        ) from None


def main() -> None:
    """Check what can be checked at once, and become the studio."""
    try:
        words = command(sys.argv[1:], os.environ)
        if "--help" not in words:
            require_writable(Path(os.environ.get("STUDIO_WORKSPACE", "workspace")))
    except ValueError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    # In place of this process, so that a signal to stop reaches the studio.
    os.execve(words[0], words, surroundings(os.environ))


if __name__ == "__main__":
    main()
