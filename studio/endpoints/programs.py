"""All that programs can call, offered by Gradio beside the tabs, on a page of its own.

Gradio writes every component of a page into the page, those of functions too, which nobody sees;
on a page apart they cost the tabs nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import gradio as gr

from models.registry import Registry
from models.runs.queue import Queue
from studio.checkpoint_files import CheckpointFiles
from studio.endpoints.checkpoints import CheckpointEndpoints
from studio.endpoints.codes import CodeEndpoints, Drawing
from studio.endpoints.endpoint import Endpoint, Room
from studio.endpoints.faces import FaceEndpoints
from studio.endpoints.flights import FlightEndpoints
from studio.endpoints.labels import LabelEndpoints
from studio.endpoints.tables import TableEndpoints
from studio.endpoints.tools import limit_tools
from studio.endpoints.training import TrainingEndpoints
from studio.endpoints.traversals import TraversalEndpoints
from studio.face_routes import FaceRoutes
from studio.flight_routes import FlightRoutes
from studio.label_projects import LabelProjects
from studio.label_routes import LabelRoutes
from studio.live import DecodeService
from studio.routes import CheckpointRoutes
from studio.run_routes import RunRoutes
from studio.sampling_routes import SamplingRoutes
from studio.table_model_routes import TableModelRoutes
from studio.table_routes import TableRoutes
from studio.traversal_routes import TraversalRoutes

__all__ = ["PAGE", "Programs"]

PAGE = "programs"
INTRODUCTION = """
# Latent Studio for programs

Each of these can be called by its name, with `gradio_client` or over plain HTTP.
[Back to the studio](./)

```python
from gradio_client import Client

studio = Client("ADDRESS OF THIS STUDIO")
print(studio.predict(api_name="/checkpoints"))
```
"""

# The studio draws its pages in the browser anyway.
warnings.filterwarnings("ignore", message="SSR mode is not supported with multi-page apps")


class Programs:
    """The functions of a studio that programs can call.

    Args:
        registry: Its checkpoints.
        service: Where everything is decoded.
        queue: Where trainings wait.
        routes: What the tabs ask; the functions ask the same.
    """

    def __init__(
        self, registry: Registry, service: DecodeService, queue: Queue, routes: Iterable[Any]
    ) -> None:
        of: dict[type, Any] = {type(one): one for one in routes}
        drawing = Drawing(registry, service)
        groups = (
            CheckpointEndpoints(registry, of[CheckpointFiles]),
            CodeEndpoints(drawing, of[CheckpointRoutes], of[SamplingRoutes]),
            FlightEndpoints(drawing, of[FlightRoutes]),
            FaceEndpoints(drawing, of[FaceRoutes]),
            TraversalEndpoints(drawing, of[TraversalRoutes]),
            TableEndpoints(of[TableRoutes], of[TableModelRoutes]),
            LabelEndpoints(drawing, of[LabelProjects], of[LabelRoutes]),
            TrainingEndpoints(queue, of[RunRoutes].shelf),
        )
        self.endpoints: tuple[Endpoint, ...] = tuple(one for group in groups for one in group.all())

    def offer(self, demo: gr.Blocks) -> None:
        """Add them to an app that is laid out."""
        reading, writing = Room(), Room()
        with demo.route("Programs", PAGE, show_in_navbar=False):
            gr.Markdown(INTRODUCTION + self._table(), elem_id="programs")
            for one in self.endpoints:
                gr.api(
                    one.guarded(writing if one.writes else reading),
                    api_name=one.name,
                    # Not in Gradio's queue: it would ask again over the network, without a login,
                    # what a client of MCP asks.
                    queue=False,
                    concurrency_limit=None,
                )

    def settle(self, demo: gr.Blocks, *, mcp: bool) -> None:
        """Set right what Gradio has made of them, once the app is mounted.

        Args:
            demo: The app.
            mcp: Whether it was mounted with an MCP server.

        Raises:
            ValueError: The MCP server could not be switched on.
        """
        # With two pages Gradio would put a line of links above the header.
        demo.config["pages"] = [page for page in demo.config["pages"] if page[0] != PAGE]
        if mcp:
            limit_tools(demo, {one.name for one in self.endpoints if not one.writes})

    def _table(self) -> str:
        rows = [
            f"| `/{one.name}` | {', '.join(one.arguments)} | {one.summary} | "
            f"{'changes' if one.writes else 'reads'} |"
            for one in self.endpoints
        ]
        return "\n".join(
            ["", "| name | arguments | what it does | |", "| --- | --- | --- | --- |", *rows]
        )
