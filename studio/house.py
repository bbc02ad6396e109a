"""The house: header, tabs, which of them is open, and which model it shows.

Three things have to agree in every open page: the open tab, the picker in the header, and the
address. The page opens on the tab in its address without mounting another one first; a tab that is
selected is given the models that it can use; and when checkpoints come or go, whoever made or
removed them, every page's picker follows within seconds.
"""

from __future__ import annotations

import hashlib
import html
import json
from typing import Any

import gradio as gr
from fastapi import APIRouter

from models.checkpoint import CheckpointError
from models.registry import Registry
from models.runs import Runs
from models.runs.queue import Queue
from studio.header import header
from studio.tabs.tab import House, Tab, links_to, usable
from studio.widget_files import modules_of
from studio.widgets.base import ROOT, Widget
from studio.widgets.guide import Guide, Page
from studio.widgets.house import Porter

__all__ = ["TITLE", "build", "house_routes", "stamp", "tab_modules"]

TITLE = "Latent Studio"
NO_TAB = "none"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Past the queue is faster, but a warning would not be shown.
AT_ONCE = QUIET | {"queue": False}


def build(
    tabs: tuple[Tab, ...], *, registry: Registry, runs: Runs, queue: Queue, device: str
) -> gr.Blocks:
    """Lay out header and tabs."""
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 600)
    ) as demo:
        picker = header(device)
        porter = Porter(tabs=" ".join(tab.name for tab in tabs))
        pages = [Page(tab.name, tab.title, tab.looking, tab.keys, tab.tips) for tab in tabs]
        Guide(pages=pages, elem_id="guide")
        with gr.Column(elem_id="models"):
            models = {tab.name: _model_of(tab) for tab in tabs}
        # With no tab selected nothing is mounted until the address has been read.
        with gr.Tabs(
            selected=NO_TAB, elem_id="tabs", elem_classes="single" if len(tabs) == 1 else None
        ) as row:
            for tab in tabs:
                with gr.Tab(tab.title, id=tab.name) as place:
                    house = House(
                        registry=registry,
                        runs=runs,
                        queue=queue,
                        place=place,
                        model=models[tab.name],
                    )
                    tab.build(house)
                favourites = [other.favourite for other in tabs if other.favourite != tab.favourite]
                _when_selected(tab, place, registry, picker, models, favourites)
        _when_asked(demo, tabs, registry, porter, row, picker)
        picker.change(**_route(picker, models))
    return demo


def tab_modules(demo: gr.Blocks, tabs: tuple[Tab, ...]) -> dict[str, list[str]]:
    """Return the scripts that each tab is made of, as paths below `studio/widgets`."""
    places = {place.id: place for place in demo.blocks.values() if isinstance(place, gr.Tab)}
    return {tab.name: modules_of(["house/house.js", *_scripts(places[tab.name])]) for tab in tabs}


def _scripts(block: Any) -> list[str]:
    """Return the modules of the widgets in a block."""
    own = [block.props["module"]] if isinstance(block, Widget) else []
    return own + [name for child in getattr(block, "children", ()) for name in _scripts(child)]


def _model_of(tab: Tab) -> gr.Textbox:
    return gr.Textbox(visible="hidden", elem_id=f"{tab.name}-model")


def _when_selected(
    tab: Tab,
    place: gr.Tab,
    registry: Registry,
    picker: gr.Dropdown,
    models: dict[str, gr.Textbox],
    favourites: list[str | None],
) -> None:
    """Give a tab that is selected its models; `favourites` are those that other tabs begin with."""
    has_models = json.dumps(tab.accepts is not None)
    entered = _js(
        f"house.enter('{tab.name}', {has_models}, {json.dumps(favourites)}, name)", "name"
    )
    if tab.accepts is None:
        place.select(fn=None, js=entered)
        return

    def arrive(picked: str | None, wanted: str | None) -> Any:
        return _choices(tab, registry, wanted)

    place.select(
        arrive,
        # The wanted one may be none of the picker's choices yet; the box takes any text.
        inputs=[picker, models[tab.name]],
        outputs=picker,
        js=entered,
        **AT_ONCE,
    ).then(**_route(picker, models))


def _when_asked(
    demo: gr.Blocks,
    tabs: tuple[Tab, ...],
    registry: Registry,
    porter: Porter,
    row: gr.Tabs,
    picker: gr.Dropdown,
) -> None:
    """Open tab and model that the address or a link names, and follow the registry."""
    by_name = {tab.name: tab for tab in tabs}

    def arrive(request: gr.Request) -> list[Any]:
        query = request.query_params
        tab = by_name.get(query.get("tab", ""), tabs[0])
        chosen = _choices(tab, registry, query.get("model"), linked=True)
        return [gr.update(selected=tab.name), chosen]

    def follow(asked: dict[str, str], chosen: str | None) -> list[Any]:
        tab = by_name.get(asked.get("tab", ""), tabs[0])
        wanted = asked.get("model") or chosen
        return [gr.update(selected=tab.name), _choices(tab, registry, wanted)]

    def renew(asked: dict[str, str], chosen: str | None) -> Any:
        tab = by_name.get(asked.get("tab", ""))
        return _choices(tab, registry, chosen, gone=True) if tab else gr.skip()

    demo.load(arrive, outputs=[row, picker], **QUIET)
    porter.asked(follow, inputs=[porter, picker], outputs=[row, picker], **QUIET)
    porter.renewed(renew, inputs=[porter, picker], outputs=picker, **AT_ONCE)


def _choices(
    tab: Tab,
    registry: Registry,
    wanted: str | None,
    *,
    gone: bool = False,
    linked: bool = False,
) -> dict[str, Any]:
    """Return the models that a tab can use, with the wanted one or the first sound one chosen.

    Args:
        tab: The tab that is open.
        registry: Where the models are.
        wanted: The one to choose if the tab can use it.
        gone: Whether it was shown and is not there any more, so that nobody has to be told.
        linked: Whether an address asks for it in this tab, and not merely another tab had it.
    """
    if tab.accepts is None:
        return gr.skip()
    entries = usable(tab, registry)
    names = [entry.name for entry in entries]
    if wanted not in names:
        first = next((name for name in names if _opens(registry, name)), None)
        if wanted and first and not gone:
            named = html.escape(wanted[:64])
            if not _is_there(registry, wanted):
                gr.Warning(f"There is no checkpoint '{named}' for this tab; this is {first}.")
            elif linked:
                gr.Warning(f"This tab cannot show '{named}'; this is {first}.")
        wanted = first
    choices = [(f"{e.name}  ·  {e.config.data.dataset}", e.name) for e in entries if e.config]
    return gr.update(choices=choices, value=wanted)


def _is_there(registry: Registry, name: str) -> bool:
    return any(entry.name == name for entry in registry.entries())


def _opens(registry: Registry, name: str) -> bool:
    try:
        registry.open(name)
    except CheckpointError:
        return False
    return True


def _route(picker: gr.Dropdown, models: dict[str, gr.Textbox]) -> dict[str, Any]:
    """Hand the picked model to the open tab alone, in the page, without asking the studio."""
    names = json.dumps(list(models))
    return {
        "fn": None,
        "inputs": [picker, *models.values()],
        "outputs": list(models.values()),
        "js": _js(f"house.route({names}, name, kept)", "name, ...kept"),
    }


def _js(call: str, arguments: str) -> str:
    """Return a handler that calls the house's script."""
    loaded = f"const house = await import({ROOT} + 'house/house.js');"
    return f"async ({arguments}) => {{ {loaded} return {call}; }}"


def stamp(registry: Registry) -> str:
    """Return a short text that changes whenever a checkpoint comes, goes, or is replaced."""
    seen = hashlib.sha256()
    for root in (registry.pretrained, registry.own):
        folders = sorted(root.iterdir()) if root.is_dir() else []
        for folder in folders:
            try:
                stat = (folder / "manifest.json").stat()
            except OSError:
                continue
            # A copy keeps the time of writing, and a new file may get an old one's inode.
            seen.update(f"{folder.name}/{stat.st_mtime_ns}/{stat.st_ctime_ns};".encode())
    return seen.hexdigest()[:16]


def house_routes(registry: Registry, tabs: tuple[Tab, ...]) -> APIRouter:
    """Return what the pages ask about the house as a whole."""
    router = APIRouter()

    @router.get("/house/stamp")
    def current_stamp() -> dict[str, str]:
        return {"stamp": stamp(registry)}

    @router.get("/house/models")
    def models_for(tab: str) -> dict[str, list[str]]:
        """Say which checkpoints a tab can open, its favourite first."""
        able = [entry.name for one in tabs if one.name == tab for entry in usable(one, registry)]
        return {"models": able}

    @router.get("/house/tabs")
    def tabs_for(model: str) -> dict[str, Any]:
        """Say which tabs can open a checkpoint, with a link each."""
        able = links_to(tabs, registry, model)
        return {
            "tabs": [{"name": tab.name, "title": tab.title, "href": href} for tab, href in able]
        }

    return router
