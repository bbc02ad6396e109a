"""`python -m studio`: open the studio on a local port."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

# Set before torch loads; see models/__main__.py.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer
from rich.console import Console
from rich.markup import escape

__all__ = ["main"]

CONSOLE = Console(stderr=True, highlight=False, soft_wrap=True)


def open_studio(
    host: Annotated[str, typer.Option(help="Address to listen on; loopback only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    only: Annotated[
        str | None, typer.Option(metavar="TAB", help="Show one tab alone, e.g. navigator.")
    ] = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            help="Folder of your own checkpoints and data. [default: ./workspace]",
            file_okay=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="Where models run: auto, cpu, cuda or mps.")] = "auto",
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Offer the functions that only read as tools over MCP.")
    ] = False,
) -> None:
    """Open Latent Studio in the browser: explore the latent spaces of variational autoencoders.

    The shipped checkpoints work at once, with nothing to download. Ctrl-C closes the studio.
    """
    _require_models_beside_studio()
    _require_loopback(host)
    if mcp:
        from studio.endpoints.mcp_package import require_mcp

        require_mcp()
    listening = bind(host, port)
    CONSOLE.print("Opening the studio ...")

    import uvicorn

    from models.registry import default_workspace
    from models.training.devices import choose_device
    from studio.app import Settings, create_app

    app = create_app(
        Settings(
            workspace=workspace or default_workspace(),
            device=str(choose_device(device)),
            only=only,
            mcp=mcp,
        )
    )
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Latent Studio is open at http://{shown}:{listening.getsockname()[1]}")
    sys.stdout.flush()
    config = uvicorn.Config(
        app,
        log_level="warning",
        ws_max_size=1 << 16,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listening])


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to a port.

    Raises:
        OSError: The port is taken; the message names the next free one.
    """
    # With the protocol named, asyncio sets TCP_NODELAY; without it small frames wait.
    bound = socket.socket(_family(host), socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name != "nt":  # There it would let two studios share a port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Two sockets may be bound with SO_REUSEADDR, but only one can listen.
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno != errno.EADDRINUSE:
            raise
        free = _next_free(host, port)
        raise OSError(
            f"Port {port} is taken. Port {free} is free: python -m studio --port {free}"
        ) from None
    return bound


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _next_free(host: str, port: int) -> int:
    """Return the first port above that can be listened on, or 0, which is any."""
    for candidate in range(port + 1, min(port + 200, 65536)):
        with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, candidate))
                probe.listen(1)
            except OSError:
                continue
            return candidate
    return 0


def _require_loopback(host: str) -> None:
    from studio.guard import LOOPBACK

    if host not in LOOPBACK:
        raise ValueError(
            f"The studio has no login, so it opens only on this machine ({', '.join(LOOPBACK)}), "
            f"not on {host!r:.80}. To reach it from elsewhere, forward the port over SSH."
        )


def _require_models_beside_studio() -> None:
    """`models` is a common name; another package of that name would be imported in silence."""
    import models

    expected = Path(__file__).resolve().parent.parent / "models"
    if Path(models.__file__ or "").resolve().parent != expected:
        raise ValueError(
            f"Another package called 'models' is in the way ({models.__file__}); start the studio "
            f"from its own folder, {expected.parent}."
        )


def main() -> None:
    """Open the studio; what a person can mend is said in one sentence, with exit code 1."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(open_studio)
    try:
        app(prog_name="python -m studio")
    except (ValueError, OSError) as error:
        CONSOLE.print(f"[bold red]Error:[/] {escape(str(error))}")
        sys.exit(1)


if __name__ == "__main__":
    main()
