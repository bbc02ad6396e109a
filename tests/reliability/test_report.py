"""docs/reliability.md says what is tested: each promise, and tests that exist."""

import re

import pytest
import typer
from typer.testing import CliRunner

from tests.reliability import report
from tests.reliability.promises import PROMISES
from tests.reliability.report import PAGE, ROOT, Result, page, row

FACTS = {"date": "2026-01-01", "machine": "one", "versions": "some", "load": "0.0"}


def test_each_of_the_seventeen_is_promised_once():
    assert [promise.number for promise in PROMISES] == list(range(1, 18))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.number)
def test_a_promise_is_held_by_tests_that_exist(promise):
    for test in promise.tests:
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text()
        assert re.search(rf"^def {name or 'test_'}", text, re.MULTILINE), test


def test_the_page_tells_every_promise_and_every_test():
    text = PAGE.read_text()
    for promise in PROMISES:
        [line] = re.findall(rf"^\| {promise.number} \| [^`].*$", text, re.MULTILINE)
        for part in (promise.title, promise.done, promise.wanted):
            assert f"| {part} |" in line, "write it anew: python -m tests.reliability.report"
        assert all(f"`{test}`" in text for test in promise.tests)
    assert "/" + "tmp/" not in text


def held(**facts):
    return Result(**({"promise": PROMISES[0], "seconds": 2.0, "tests": 3} | facts))


def told(value, **limits):
    limits = {"at_most": None, "at_least": None} | limits
    return {"promise": 1, "what": "lost", "value": value, "unit": "labels"} | limits


def test_a_row_shows_the_largest_figure():
    line = row(held(figures=[told(2), told(5), told(1)]))
    assert "| lost: 5 labels; 3 tests | held | 2 s |" in line


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"failures": 1}, "1 of 3 tests failed"),
        ({"tests": 0, "errors": 1}, "1 of 0 tests failed"),
        ({"skipped": 3}, "no test could be run here"),
        ({"figures": [told(0), told(1, at_most=0)]}, "at most 0 labels allowed"),
        ({"figures": [told(9, at_least=10)]}, "10 labels wanted"),
    ],
)
def test_what_was_not_held_says_so(facts, why):
    result = held(**facts)
    assert f"**NOT HELD**: {result.faults[0]} |" in row(result)
    assert why in result.faults[0]
    assert "Not held: 1." in page([result], 1.0, FACTS)


def test_what_was_held_in_part_says_so():
    assert "with 5 % of the full counts" in page([held()], 0.05, FACTS)
    assert "1 more cannot be run here" in row(held(skipped=1))


@pytest.mark.parametrize(
    ("only", "code", "said"), [("2,4", 0, "All 2 were"), ("2,3", 1, "held: 3")]
)
def test_the_command_fails_with_a_promise(monkeypatch, tmp_path, only, code, said):
    def attempt(promise, share, folder):
        return held(promise=promise, failures=int(promise.number == 3))

    monkeypatch.setattr(report, "attempt", attempt)
    monkeypatch.setattr(report, "machine", lambda: FACTS)
    app = typer.Typer()
    app.command()(report.main)
    done = CliRunner().invoke(app, ["--only", only, "--to", str(tmp_path / "page.md")])
    assert done.exit_code == code, done.output
    text = (tmp_path / "page.md").read_text()
    assert said in text
    assert "15 were not tried" in text
    assert text.count("NOT HELD") == (code == 1)
    assert CliRunner().invoke(app, ["--only", only]).exit_code == 2
