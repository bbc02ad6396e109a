"""`python -m tests.reliability.report`: try every promise in full, and write docs/reliability.md.

Ends with exit code 1 if one of them was not held; its row says so.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from tests.reliability.machine import machine
from tests.reliability.promises import PROMISES, Promise

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
COUNTS = ("tests", "failures", "errors", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What trying a promise came to."""

    promise: Promise
    seconds: float
    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    said: str = ""
    """The end of what pytest printed"""
    figures: Sequence[dict] = field(default_factory=tuple)

    @property
    def faults(self) -> list[str]:
        """Why it was not held; empty if it was."""
        found = []
        if broken := self.failures + self.errors:
            found.append(f"{broken} of {self.tests} tests failed")
        elif self.tests == self.skipped:
            found.append("no test could be run here")
        for figure in merged(self.figures):
            most, least = figure["at_most"], figure["at_least"]
            if most is not None and figure["value"] > most:
                found.append(f"{figure['what']}: at most {shown(most, figure['unit'])} allowed")
            if least is not None and figure["value"] < least:
                found.append(f"{figure['what']}: {shown(least, figure['unit'])} wanted")
        return found


def merged(figures):
    """Return one figure for each thing that was measured: the largest."""
    largest = {}
    for figure in figures:
        known = largest.get(figure["what"])
        if known is None or figure["value"] > known["value"]:
            largest[figure["what"]] = figure
    return list(largest.values())


def shown(value, unit):
    """Return a number as it is read, with its unit."""
    if isinstance(value, int):
        text = f"{value:,}"
    else:
        text = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def attempt(promise, share, folder):
    """Run the tests of a promise in a process of their own."""
    told, counted = folder / "figures", folder / "counts.xml"
    for path in (told, counted):
        path.unlink(missing_ok=True)
    # Nothing of the person's own settings may play a part.
    env = {key: value for key, value in os.environ.items() if key != "STUDIO_DATASETS"}
    env |= {"RELIABILITY_FULL": str(share), "RELIABILITY_FIGURES": str(told)}
    quiet = ("-q", "--tb=short", "--disable-warnings")
    command = [sys.executable, "-m", "pytest", *quiet, f"--junitxml={counted}"]
    begun = time.monotonic()
    done = subprocess.run(
        [*command, *promise.tests],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    counts = {"tests": 0, "errors": 1}
    if counted.exists() and done.returncode in (0, 1):
        suite = next(ElementTree.parse(counted).iter("testsuite"))
        counts = {key: int(suite.get(key, 0)) for key in COUNTS}
    figures = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
    return Result(
        promise=promise,
        seconds=time.monotonic() - begun,
        said=done.stdout[-6000:],
        figures=[figure for figure in figures if figure["promise"] == promise.number],
        **counts,
    )


def row(result):
    """Return a promise's line of the table."""
    promise = result.promise
    measured = [f"{f['what']}: {shown(f['value'], f['unit'])}" for f in merged(result.figures)]
    measured.append(f"{result.tests - result.skipped} tests")
    if result.skipped:
        measured.append(f"{result.skipped} more cannot be run here")
    state = "held"
    if result.faults:
        state = f"**NOT HELD**: {'; '.join(result.faults)}"
    cells = (
        promise.number,
        promise.title,
        promise.done,
        promise.wanted,
        "; ".join(measured),
        state,
        f"{result.seconds:.0f} s",
    )
    return line(cells)


def line(cells):
    """Return a line of a table."""
    return f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in cells)} |"


def rows(results):
    """Return a line for each promise, also for those that were not tried."""
    tried = {result.promise.number: result for result in results}
    for promise in PROMISES:
        if promise.number in tried:
            yield row(tried[promise.number])
        else:
            told = (promise.number, promise.title, promise.done, promise.wanted)
            yield line((*told, "", "not tried", ""))


def page(results, share, facts):
    """Return docs/reliability.md."""
    form = "in full" if share == 1 else f"with {100 * share:.3g} % of the full counts"
    broken = [str(result.promise.number) for result in results if result.faults]
    verdict = f"Not held: {', '.join(broken)}." if broken else f"All {len(results)} were held."
    if untried := len(PROMISES) - len(results):
        verdict += f" {untried} were not tried."
    tests = [
        f"| {promise.number} | {'<br>'.join(f'`{test}`' for test in promise.tests)} |"
        for promise in PROMISES
    ]
    return "\n".join(
        [
            "# What the studio holds",
            "",
            "Seventeen promises, each of them a test with its figure. `make test` tries all of "
            "them in a short form, seconds each; `make test-reliability` tries them in full, one "
            "after another, and writes this page anew. A promise that was not held says so here, "
            "and the command fails.",
            "",
            f"Tried {form} on {facts['date']}. {verdict}",
            "",
            f"- Machine: {facts['machine']}",
            f"- Versions: {facts['versions']}",
            f"- Load average when it began: {facts['load']}",
            f"- Duration: {sum(result.seconds for result in results) / 60:.0f} minutes",
            "",
            "| | promise | what was done | wanted | measured | | duration |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows(results),
            "",
            "Seconds and megabytes are the largest of each kind. Times depend on the machine, so "
            "the tests themselves fail only far beyond them; this page fails at the figure that "
            "is promised.",
            "",
            "## The tests",
            "",
            "| | tests |",
            "| --- | --- |",
            *tests,
            "",
            "To try one of them in full: `RELIABILITY_FULL=1 python -m pytest` and its name. A "
            "smaller number, such as 0.1, tries that share of it.",
            "",
        ]
    )


def without_places(text):
    """Return what pytest said without the folders of this machine."""
    return re.sub(r"(?:/[\w.~-]+){2,}/", "…/", text.replace(str(ROOT), "."))


def main(
    share: Annotated[
        float, typer.Option(min=0.001, max=1, help="Share of the full counts to try.")
    ] = 1.0,
    only: Annotated[str, typer.Option(help="Numbers of promises, with commas; all if empty.")] = "",
    to: Annotated[Path | None, typer.Option(help="The file to write; docs/reliability.md.")] = None,
) -> None:
    """Try every promise in full and write docs/reliability.md; takes about 25 minutes."""
    wanted = {int(number) for number in only.split(",") if number}
    if wanted and to is None:
        raise typer.BadParameter("A page of some promises is no docs/reliability.md; name a file.")
    facts, results = machine(), []
    chosen = [p for p in PROMISES if not wanted or p.number in wanted]
    with tempfile.TemporaryDirectory() as folder:
        for promise in chosen:
            print(
                f"{promise.number:2} of {len(PROMISES)}  {promise.title} ... ", end="", flush=True
            )
            result = attempt(promise, share, Path(folder))
            results.append(result)
            state = f"NOT HELD: {'; '.join(result.faults)}" if result.faults else "held"
            print(f"{state} ({result.tests} tests, {result.seconds:.0f} s)", flush=True)
            if result.faults:
                print(without_places(result.said), flush=True)
    (to or PAGE).write_text(page(results, share, facts), encoding="utf-8")
    print(f"Written to {to or PAGE.relative_to(ROOT)}.")
    if any(result.faults for result in results):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
