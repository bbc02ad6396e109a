"""The MCP server of Gradio: only what reads is a tool, and pictures come as pictures."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import gradio as gr
import orjson

from studio.endpoints.answers import PNG
from studio.endpoints.mcp_package import require_mcp

if TYPE_CHECKING:
    from mcp import types

__all__ = ["limit_tools"]


def limit_tools(demo: gr.Blocks, readers: Collection[str]) -> None:
    """Leave nothing to the MCP server of an app but some functions.

    Args:
        demo: An app that is mounted with its MCP server.
        readers: Names of the functions that change nothing.

    Raises:
        ValueError: The server could not be switched on.
    """
    server = demo.mcp_server_obj
    if server is None:
        require_mcp()
        raise ValueError(f"The MCP server could not be switched on: {demo.mcp_error}")
    named = server.tool_to_endpoint.items()
    server.tool_to_endpoint = {tool: name for tool, name in named if name.lstrip("/") in readers}
    server.postprocess_output_data = _content


def _content(data: list[Any], root_url: str) -> list[types.TextContent | types.ImageContent]:
    """Return an answer as JSON, and after it its pictures, which the JSON names by their number."""
    from mcp import types

    pictures: list[str] = []
    text = orjson.dumps(_without_pictures(data[0], pictures)).decode()
    found = [
        types.ImageContent(type="image", data=picture, mimeType="image/png") for picture in pictures
    ]
    return [types.TextContent(type="text", text=text), *found]


def _without_pictures(part: Any, pictures: list[str]) -> Any:
    """Return a part of an answer in which pictures are numbers, and add them to a list."""
    if isinstance(part, str) and part.startswith(PNG):
        pictures.append(part.removeprefix(PNG))
        return f"picture {len(pictures)}"
    if isinstance(part, dict):
        return {key: _without_pictures(value, pictures) for key, value in part.items()}
    if isinstance(part, list):
        return [_without_pictures(value, pictures) for value in part]
    return part
