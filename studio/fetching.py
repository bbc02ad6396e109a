"""Closes the routes by which a page could have the studio fetch something from elsewhere.

Gradio streams `file=https://...` and `proxy=https://...` from the address that it is given, to
whoever asks. Nothing here needs that, and a studio that others can reach would be a proxy for them.
"""

from __future__ import annotations

import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["NoFetching"]

# A letter alone is a drive of Windows.
FETCHES = re.compile(r"/gradio_api/(proxy=|file[=/]\s*/*\s*[a-z][a-z0-9+.-]+:)", re.IGNORECASE)


class NoFetching:
    """ASGI middleware that answers 404 to requests for files of other machines."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is one of those."""
        if scope["type"] == "http" and FETCHES.search(scope["path"]):
            refusal = {"error": "The studio fetches nothing from other machines."}
            await JSONResponse(refusal, status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
