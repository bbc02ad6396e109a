"""`python -m studio.doors USER`: print a line for `--auth-file`, with the password hashed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from studio.doors.accounts import line_of

__all__ = ["main"]


def hash_password(
    user: Annotated[str, typer.Argument(help="Name of the account.")],
) -> None:
    """Print an account for --auth-file: the name, and the password as a salted hash."""
    # Asked for beside the output, which goes into a file.
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        typer.echo(line_of(user, password))
    except ValueError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


def main() -> None:
    """Ask for a password and print the line."""
    typer.run(hash_password)


if __name__ == "__main__":
    main()
