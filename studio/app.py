"""The studio put together: guard, live route, data routes, widgets' files, tabs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Before Gradio is imported: it would look up hosts outside.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from models import hub
from models.labels.errors import LabelError
from models.registry import PRETRAINED, Registry, default_workspace
from models.runs import Runs
from models.runs.queue import Queue
from studio.afterwards import Afterwards
from studio.backends import NEEDED, OnnxBackend, chosen
from studio.checkpoint_files import CheckpointFiles
from studio.checkpoint_uploads import UPLOADS
from studio.doors.accounts import Accounts
from studio.doors.guard import LOOPBACK, Guard
from studio.doors.health import Health
from studio.doors.limits import Limited, Limits
from studio.doors.login import Gate, Keeper, login_routes
from studio.doors.logs import RequestLog, unforeseen
from studio.doors.places import PROXIES, Proxied
from studio.doors.sessions import Sessions
from studio.endpoints.programs import Programs
from studio.face_routes import FaceRoutes
from studio.fetching import NoFetching
from studio.film_folder import remove_leftovers
from studio.films import Films
from studio.flight_films import FilmRoutes
from studio.flight_routes import FlightRoutes
from studio.house import TITLE, build, house_routes, tab_modules
from studio.label_desks import LabelDesks
from studio.label_exports import LabelExports
from studio.label_projects import LabelProjects, label_error_response
from studio.label_routes import LabelRoutes
from studio.live import DecodeService, eager, live_route
from studio.routes import CheckpointRoutes, disk_response, error_response
from studio.run_actions import run_actions
from studio.run_routes import RunRoutes
from studio.sampling_routes import SamplingRoutes
from studio.table_looks import TableLooks
from studio.table_model_routes import TableModelRoutes
from studio.table_models import TableModels
from studio.table_routes import TableRoutes
from studio.table_shelf import TableShelf
from studio.tabs import shown_tabs
from studio.theme import styles, theme
from studio.traversal_routes import TraversalRoutes
from studio.widget_files import Preloading, widget_files
from studio.widgets.base import ROOT

__all__ = ["Settings", "create_app", "parameter_error"]

HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1">'
# Gradio puts it into a page that is there already.
LOGIN = f"<script>import({ROOT} + 'scene/doors.js');</script>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a studio is opened."""

    workspace: Path = field(default_factory=default_workspace)
    """Folder of a person's own checkpoints and data."""
    pretrained: Path = PRETRAINED
    """Folder of shipped checkpoints."""
    device: str = "cpu"
    """Where models decode."""
    backend: str = "auto"
    """What decodes: auto, torch or onnx."""
    only: str | None = None
    """Name of the one tab to show, or None for all."""
    hosts: frozenset[str] = LOOPBACK
    """Host names under which the studio may be addressed."""
    addresses: bool = False
    """Whether it may be addressed by any literal IP address, too."""
    accounts: Accounts | None = None
    """Who may log in; None asks nobody who they are."""
    limits: Limits = field(default_factory=Limits)
    """How much at once."""
    root_path: str = ""
    """Sub-path that a proxy puts the studio under, as '/studio'."""
    proxies: str = PROXIES
    """Addresses of proxies that are believed who asks and by what scheme, with commas."""
    mcp: bool = False
    """Whether clients of the Model Context Protocol find the functions that only read."""


def create_app(settings: Settings) -> FastAPI:
    """Return the whole studio as one ASGI app."""
    tabs = shown_tabs(settings.only)
    registry = Registry(settings.workspace, pretrained=settings.pretrained, device=settings.device)
    runs = Runs(settings.workspace, pretrained=settings.pretrained)
    queue = Queue(runs)
    service = DecodeService(settings.limits.decodes)
    backend = chosen(settings.backend, eager)
    service.use(backend)
    health = Health(service=service, queue=queue, workspace=settings.workspace, title=TITLE)
    films = Films(service)
    desks = LabelDesks(registry, runs, queue)

    @asynccontextmanager
    async def open_queue(app: FastAPI) -> AsyncIterator[None]:
        remove_leftovers(UPLOADS, hub.SCRATCH)
        queue.start()
        yield
        await films.close()
        queue.close()
        await asyncio.to_thread(desks.close)

    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None, lifespan=open_queue)
    demo = build(tabs, registry=registry, runs=runs, queue=queue, device=settings.device)
    modules = tab_modules(demo, tabs)
    app.add_middleware(Afterwards, also=NEEDED if isinstance(backend, OnnxBackend) else ())
    app.add_middleware(Preloading, modules=modules)
    app.add_middleware(NoFetching)
    _add_doors(app, settings)
    app.add_exception_handler(ValueError, error_response)
    app.add_exception_handler(LabelError, label_error_response)
    app.add_exception_handler(OSError, disk_response)
    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(RequestValidationError, parameter_error)
    app.include_router(live_route(registry, service))
    app.include_router(house_routes(registry, tabs))
    tables = TableModels.of(registry, TableShelf(settings.workspace), runs)
    looks = TableLooks(service)
    routes = (
        CheckpointRoutes(registry, service),
        FlightRoutes(registry, service),
        FilmRoutes(registry, films),
        SamplingRoutes(registry, service),
        FaceRoutes(registry, service),
        TraversalRoutes(registry, service),
        TableRoutes(tables, looks, queue),
        TableModelRoutes(tables, looks, service),
        LabelProjects(desks),
        LabelExports(desks),
        LabelRoutes(desks),
        CheckpointFiles(registry, service),
        RunRoutes.of(runs, queue),
    )
    for some in routes:
        app.include_router(some.router())
    app.include_router(run_actions(runs, queue))
    app.include_router(health.router())
    app.include_router(widget_files(modules))
    programs = Programs(registry, service, queue, routes)
    programs.offer(demo)
    app = gr.mount_gradio_app(
        app,
        demo.queue(max_size=settings.limits.events),
        path="/",
        theme=theme(),
        css=styles(),
        head=HEAD + (LOGIN if settings.accounts else ""),
        footer_links=[],
        run_history=False,
        max_file_size="10mb",
        root_path=settings.root_path or None,
        mcp_server=settings.mcp,
    )
    programs.settle(demo, mcp=settings.mcp)
    return app


def _add_doors(app: FastAPI, settings: Settings) -> None:
    """Put in front of the app what every request has to pass, the last one first."""
    if settings.accounts:
        sessions = Sessions(settings.limits.sessions)
        keeper = Keeper(accounts=settings.accounts, sessions=sessions)
        app.add_middleware(Gate, keeper=keeper)
        app.include_router(login_routes(keeper))
    app.add_middleware(Limited, limits=settings.limits)
    app.add_middleware(Guard, hosts=settings.hosts, addresses=settings.addresses)
    app.add_middleware(RequestLog)
    app.add_middleware(Proxied, trusted=settings.proxies, root_path=settings.root_path)


def parameter_error(request: Request, error: Exception) -> JSONResponse:
    """Answer with what is wrong with a request's parameters."""
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    return JSONResponse({"error": f"The request cannot be used: {faults}."}, status_code=422)
