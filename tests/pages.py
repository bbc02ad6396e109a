"""The pages of the documents: their files, their code blocks, and what these change."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md")))


def blocks(text, language):
    """The code blocks of one language, without their fences."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def named_blocks(text, language):
    """(file, code) of the blocks whose first line is a comment with a file's name."""
    for block in blocks(text, language):
        if found := re.match(r"# ([\w/.-]+/[\w.-]+)\n", block):
            yield found[1], block[found.end() :]


def patched(source, change):
    """A file's text with the change of a `diff` block made to it.

    Each hunk, apart by @@ lines, has context and taken lines that stand in the file side by side.
    """
    for hunk in re.split(r"^@@.*\n", change, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert source.count(before) == 1, f"{before!r} stands {source.count(before)} times there"
        source = source.replace(before, after)
    return source
