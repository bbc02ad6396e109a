"""What the guide says of every tab, and that the keys it names are keys of that tab's scripts."""

import re

import pytest

from studio.tabs import TABS
from studio.theme import STUDIO
from studio.widgets.guide import Guide, Keys, Page, written

SCRIPTS = {
    "navigator": ("map", "scene", "live"),
    "odyssey": ("space",),
    "faces": ("faces",),
    "sampler": ("sampler",),
    "labeler": ("labeler", "points"),
    "traversals": ("traversals",),
    "tables": ("tables", "chart"),
    "train": ("run", "chart"),
    "runs": ("table", "chart"),
    "checkpoints": ("table",),
}
"""The folders below `studio/widgets` whose scripts hear a tab's keys."""
HANDS = {"Hover", "Drag", "Click", "Wheel", "Pinch"}
HEARD = {
    "Space": r"' '",
    "Esc": r"'Escape'|\bEscape:",
    "Arrows": r"ArrowLeft",
    "←": r"ArrowLeft",
    "→": r"ArrowRight",
    "↑": r"ArrowUp",
    "↓": r"ArrowDown",
    "+": r"'\+'",
    "−": r"'-'",
    "Ctrl": r"ctrlKey",
    "Shift": r"shiftKey",
    "Alt": r"altKey",
    "0 – 9": r"\[0-9|\\d",
    "1 – 9": r"\[0-9\]",
    "A – Z": r"\[0-9a-z\]",
}
"""How a script asks for a key that is not simply called by its name."""


def heard(key):
    """A pattern for what hears a key in a script."""
    if re.fullmatch(r"[A-Z]", key):
        return rf"'{key.lower()}'|\b{key.lower()}: "
    return HEARD.get(key) or rf"'{key}'|\b{key}: |\b{key}\b(?=, |:)"


def named(tab):
    """Every single key that the guide names for a tab."""
    for group in tab.keys:
        for keys, what in group.acts:
            assert what, keys
            for one in keys.split(", "):
                yield from re.split(r"(?<=.)\+", one)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_every_tab_says_what_one_looks_at_and_which_keys_act(tab):
    sentences = re.findall(r"[.:?]\s", tab.looking + " ")
    assert 2 <= len(sentences) <= 7, "a short text: two to four sentences or so"
    assert len(tab.looking) < 700
    assert tab.keys
    scripts = "".join(
        path.read_text()
        for folder in SCRIPTS[tab.name]
        for path in sorted((STUDIO / "widgets" / folder).rglob("*.js"))
    )
    unheard = [key for key in named(tab) if key not in HANDS and not re.search(heard(key), scripts)]
    assert not unheard, f"no script of {tab.name} hears {unheard}"


def test_texts_are_paragraphs_and_lists_and_nothing_of_them_is_markup():
    html = written("One **bold** < two\n\n- first\n- **second**\n  goes on")
    assert html == (
        "<p>One <b>bold</b> &lt; two</p>\n<ul><li>first</li><li><b>second</b>\n  goes on</li></ul>"
    )


def test_a_page_shows_each_key_by_itself():
    page = Page("toy", "Toy", "It is a toy.", (Keys("Here", (("Shift+A, +", "does it"),)),))
    shown = Guide(pages=[page]).html_template
    assert "<span><kbd>Shift</kbd>+<kbd>A</kbd></span> <span><kbd>+</kbd></span>" in shown
    assert "It is a toy." in shown
    assert "Good to know" not in shown
