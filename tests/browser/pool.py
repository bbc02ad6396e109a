"""Pages that are used again: opening one anew costs more than most tests do.

A visitor goes back to the pool only from a test that passed, with nothing kept in its browser and
no handlers left on its page; whatever cannot be undone keeps it from being used again.
"""

from playwright.sync_api import Error

from tests.browser.harness import Visitor

KEPT = 3
# What stays with a page or its context for good, once a test has asked for it.
LASTING = {
    "page": ("add_init_script", "on", "once", "expose_function", "emulate_media"),
    "context": ("add_init_script", "on", "once", "new_page", "new_cdp_session", "set_offline"),
}
FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"


class Pool:
    """Visitors that wait for a test."""

    def __init__(self, browser):
        self.browser = browser
        self.waiting = []

    def take(self, address):
        """Return a visitor of a studio, one that was there before if there is any."""
        for visitor in reversed(self.waiting):
            if visitor.address == address:
                self.waiting.remove(visitor)
                return visitor
        visitor = Visitor(self.browser, address)
        visitor.worn = False
        visitor.page.on("dialog", visitor.refuse)
        for place, names in LASTING.items():
            for name in names:
                _note_use(visitor, getattr(visitor, place), name)
        return visitor

    def give(self, visitor):
        """Take a visitor back; one that cannot be made like new is closed."""
        if visitor.worn or visitor.page.is_closed() or visitor.problems or not _cleaned(visitor):
            visitor.close()
            return
        self.waiting.append(visitor)
        while len(self.waiting) > KEPT:
            self.waiting.pop(0).close()

    def close(self):
        """Close all that wait."""
        while self.waiting:
            self.waiting.pop().close()


def _note_use(visitor, owner, name):
    method = getattr(owner, name)

    def noting(*args, **kwargs):
        visitor.worn = True
        return method(*args, **kwargs)

    setattr(owner, name, noting)


def _cleaned(visitor):
    """Whether the page is left, and nothing of it kept; a studio that is closed cannot be asked."""
    page = visitor.page
    try:
        page.unroute_all()
        visitor.context.unroute_all()
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(f"{visitor.address}/widgets/modules.json", wait_until="commit")
        page.evaluate(FORGET)
    except Error:
        return False
    return not visitor.problems
