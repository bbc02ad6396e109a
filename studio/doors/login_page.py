"""The page that asks for a name and a password; it has no script."""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from starlette.responses import HTMLResponse, Response

__all__ = ["page", "same_site", "style", "welcome"]

CSS = (Path(__file__).parent / "login.css").read_bytes()
# No script at all, nothing from elsewhere, and no frame around it.
POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}
FRAME = """<!doctype html>
<html lang="en"{look}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · Latent Studio</title>
<link rel="stylesheet" href="{root}/login.css">
</head>
<body>
<main>
<h1><span class="mark" aria-hidden="true"></span>Latent Studio</h1>
{body}
</main>
</body>
</html>
"""
FORM = """<p{kind} role="{role}">{said}</p>
<form method="post" action="{root}/login">
<input type="hidden" name="next" value="{after}">
<label>Name
<input name="username" value="{user}" autocomplete="username" autocapitalize="none"
spellcheck="false" maxlength="200" required{first}></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" maxlength="200"
required{second}></label>
<button type="submit">Log in</button>
</form>"""
DONE = """<p role="status">You are logged in. The page you came from goes on where it was.</p>
<a class="button" href="{root}/">Open the studio here</a>"""


def page(
    root: str, after: str, *, fault: str = "", said: str = "", user: str = "", status: int = 200
) -> Response:
    """Return the page.

    Args:
        root: The proxy's sub-path.
        after: Where to go then, a path below the root.
        fault: What was wrong, in a sentence.
        said: What is said otherwise.
        user: The name that was given.
        status: Of the answer.
    """
    body = FORM.format(
        root=html.escape(root),
        after=html.escape(after),
        user=html.escape(user[:200]),
        kind=' class="fault"' if fault else "",
        role="alert" if fault else "status",
        said=html.escape(fault or said or "This studio asks who you are."),
        first="" if user else " autofocus",
        second=" autofocus" if user else "",
    )
    return _framed("Log in", body, root, after, status)


def welcome(root: str) -> Response:
    """Return what is shown in a tab that was opened only to log in."""
    return _framed("Logged in", DONE.format(root=html.escape(root)), root, "/", 200)


def _framed(title: str, body: str, root: str, after: str, status: int) -> Response:
    text = FRAME.format(look=_look(after), root=html.escape(root), title=title, body=body)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def _look(after: str) -> str:
    """Return the theme that an address names; without one the browser's own is shown."""
    named = parse_qs(urlsplit(after).query).get("__theme", [""])[0]
    return f' class="{named}"' if named in ("dark", "light") else ""


def style() -> Response:
    """Return the page's style sheet."""
    return Response(CSS, media_type="text/css", headers={"Cache-Control": "no-cache"})


def same_site(path: str) -> str:
    """Return a path of this studio to go to after the login; anything else becomes '/'."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    if not plain or not path.isprintable() or len(path) > 4000:
        return "/"
    # What a browser would not take as written is escaped; what is escaped already stays.
    return quote(path, safe="/?&=%:@!$'()*+,;~#[]-._")
