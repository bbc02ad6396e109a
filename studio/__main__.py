"""`python -m studio`: open the studio on a local port."""

from __future__ import annotations

import errno
import os
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

# Set before torch loads; see models/__main__.py.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer
from rich.console import Console
from rich.markup import escape

__all__ = ["main"]


class Format(StrEnum):
    """How the log is written."""

    text = "text"
    json = "json"


CONSOLE = Console(stderr=True, highlight=False, soft_wrap=True)


def open_studio(
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine only with --auth.")
    ] = "127.0.0.1",
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
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="USER:PASSWORD",
            envvar="STUDIO_AUTH",
            show_envvar=True,
            help="Ask for this login. Others on this machine may see the option; the variable or "
            "--auth-file is better.",
        ),
    ] = None,
    auth_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Ask for a login of this file: one user:password a line, or what "
            "`python -m studio.doors USER` prints.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Host name that leads here too, as a proxy's; repeatable."
        ),
    ] = None,
    root_path: Annotated[
        str, typer.Option(metavar="PATH", help="Sub-path that a proxy puts the studio under.")
    ] = "",
    log: Annotated[Format, typer.Option(help="How the log is written to stderr.")] = Format.text,
    log_requests: Annotated[
        bool, typer.Option("--log-requests", help="Write each request to the log.")
    ] = False,
    backend: Annotated[
        str, typer.Option(help="What decodes: torch, onnx, or auto: onnx where it is installed.")
    ] = "auto",
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Offer the functions that only read as tools over MCP.")
    ] = False,
) -> None:
    """Open Latent Studio in the browser: explore the latent spaces of variational autoencoders.

    The shipped checkpoints work at once, with nothing to download. Ctrl-C closes the studio.
    """
    _require_models_beside_studio()
    from studio.doors.opening import Doors

    doors = Doors.of(host, auth, auth_file, allow_host or [], root_path)
    if mcp:
        from studio.endpoints.mcp_package import require_mcp

        require_mcp()
    listening = bind(host, port)
    CONSOLE.print("Opening the studio ...")

    import uvicorn

    from models.registry import default_workspace
    from models.training.devices import choose_device
    from studio.app import Settings, create_app
    from studio.doors.limits import Limits
    from studio.doors.logs import configure
    from studio.doors.places import PROXIES
    from studio.doors.punctual import punctual

    if doors.accounts:
        # Also for the workers that train: whoever logs in reads no other folder of this machine.
        os.environ.setdefault("STUDIO_DATASETS_ONLY", "1")
    limits = Limits()
    app = create_app(
        Settings(
            limits=limits,
            workspace=workspace or default_workspace(),
            device=str(choose_device(device)),
            backend=backend,
            only=only,
            hosts=doors.hosts,
            addresses=doors.addresses,
            accounts=doors.accounts,
            root_path=doors.root_path,
            proxies=os.environ.get("FORWARDED_ALLOW_IPS") or PROXIES,
            mcp=mcp,
        )
    )
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Latent Studio is open at http://{shown}:{listening.getsockname()[1]}")
    sys.stdout.flush()
    for sentence in doors.warnings:
        CONSOLE.print(f"[yellow]Note:[/] {escape(sentence)}")
    configure(log.value, requests=log_requests)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        http=punctual(limits.header_seconds),
        h11_max_incomplete_event_size=limits.url_bytes + limits.header_bytes,
        limit_concurrency=limits.connections,
        ws_max_size=1 << 16,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
        # The app itself looks at what proxies say; see studio/doors/places.py.
        proxy_headers=False,
        server_header=False,
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
