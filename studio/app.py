"""The studio put together: guard, live route, data routes, widgets' files, tabs."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Before Gradio is imported: it would look up hosts outside.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from models.checkpoint import CheckpointError
from models.registry import PRETRAINED, Registry, default_workspace
from studio.guard import LOOPBACK, Guard
from studio.header import header
from studio.live import DecodeService, live_route
from studio.routes import CheckpointRoutes, error_response, unforeseen_response
from studio.tabs import TABS, Tab
from studio.tabs.tab import usable
from studio.theme import styles, theme

__all__ = ["Settings", "create_app"]

WIDGETS = Path(__file__).resolve().parent / "widgets"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
TITLE = "Latent Studio"
# The widgets may not be there yet: they look at the mark when they come, and hear of it later.
TELL_IF_EMPTY = """name => {
  document.body.dataset.checkpoints = name ? 'some' : 'none';
  window.dispatchEvent(new Event('studio-checkpoints'));
}"""
HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1">'


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a studio is opened."""

    workspace: Path = field(default_factory=default_workspace)
    """Folder of a person's own checkpoints and data."""
    pretrained: Path = PRETRAINED
    """Folder of shipped checkpoints."""
    device: str = "cpu"
    """Where models decode."""
    only: str | None = None
    """Name of the one tab to show, or None for all."""
    hosts: frozenset[str] = LOOPBACK
    """Host names under which the studio may be addressed."""


def create_app(settings: Settings) -> FastAPI:
    """Return the whole studio as one ASGI app."""
    registry = Registry(settings.workspace, pretrained=settings.pretrained, device=settings.device)
    service = DecodeService()
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, hosts=settings.hosts)
    app.add_exception_handler(ValueError, error_response)
    app.add_exception_handler(Exception, unforeseen_response)
    app.add_exception_handler(RequestValidationError, _parameter_error)
    app.include_router(live_route(registry, service))
    app.include_router(CheckpointRoutes(registry, service).router())
    app.add_api_route("/healthz", lambda: {"status": "ok", "studio": TITLE})
    app.include_router(_widget_files())
    return gr.mount_gradio_app(
        app,
        build(registry, settings),
        path="/",
        theme=theme(),
        css=styles(),
        head=HEAD,
        footer_links=[],
        run_history=False,
        max_file_size="10mb",
    )


def build(registry: Registry, settings: Settings) -> gr.Blocks:
    """Lay out header and tabs."""
    shown = [tab for tab in TABS if settings.only in (None, tab.name)]
    if not shown:
        names = ", ".join(tab.name for tab in TABS)
        raise ValueError(f"There is no tab '{settings.only}'; choose one of: {names}.")
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 600)
    ) as demo:
        picker = header(settings.device)
        with gr.Tabs(elem_id="tabs", elem_classes="single" if len(shown) == 1 else None):
            for tab in shown:
                with gr.Tab(tab.title, id=tab.name):
                    tab.build(registry, picker)

        def choices(request: gr.Request) -> dict[str, Any]:
            return _choices(shown, registry, request)

        loaded = demo.load(choices, outputs=picker, api_visibility="private")
        loaded.then(fn=None, inputs=picker, js=TELL_IF_EMPTY)
    return demo


def _choices(shown: list[Tab], registry: Registry, request: gr.Request) -> dict[str, Any]:
    """Return the models for the tab in the address, and the model in it or the first sound one."""
    query = request.query_params
    tab = next((t for t in shown if t.name == query.get("tab")), shown[0])
    entries = usable(tab, registry)
    wanted, names = query.get("model"), [entry.name for entry in entries]
    if wanted not in names:
        first = next((name for name in names if _opens(registry, name)), None)
        if wanted and first:
            missing = html.escape(wanted[:64])
            gr.Warning(f"There is no checkpoint '{missing}' for this tab; this is {first}.")
        wanted = first
    choices = [(f"{e.name}  ·  {e.config.data.dataset}", e.name) for e in entries if e.config]
    return gr.update(choices=choices, value=wanted)


def _opens(registry: Registry, name: str) -> bool:
    try:
        registry.open(name)
    except CheckpointError:
        return False
    return True


def _widget_files() -> APIRouter:
    """Serve the widgets' scripts, and nothing else of their folders, from memory."""
    files = {
        path.relative_to(WIDGETS).as_posix(): (path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in WIDGETS.rglob("*")
        if path.suffix in MEDIA_TYPES
    }
    router = APIRouter()

    @router.get("/widgets/{path:path}")
    def widget_file(path: str) -> Response:
        if path not in files:
            return Response(status_code=404)
        data, media_type = files[path]
        return Response(data, media_type=media_type, headers={"Cache-Control": "no-cache"})

    return router


def _parameter_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    return JSONResponse({"error": f"The request cannot be used: {faults}."}, status_code=422)
