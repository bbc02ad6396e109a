"""Whether the package of the Model Context Protocol is there; asked before anything is loaded."""

from __future__ import annotations

import importlib.util

__all__ = ["require_mcp"]


def require_mcp() -> None:
    """Check that the MCP server can be switched on.

    Raises:
        ValueError: Its package is not installed.
    """
    if importlib.util.find_spec("mcp") is None:
        raise ValueError(
            "--mcp needs the package mcp, which is not installed: pip install -e '.[mcp]'"
        )
