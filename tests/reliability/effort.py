"""How much a test of reliability tries: seconds' worth by default, everything if it is asked to.

`RELIABILITY_FULL=1` asks for the full form, as `make test-reliability` does; a share of it, such as
0.1, for that share.
"""

import json
import os

SHARE = float(os.environ.get("RELIABILITY_FULL") or 0)


def times(short, full):
    """Return how often something is tried."""
    return max(short, round(SHARE * full))


def figure(promise, what, value, unit="", *, at_most=None, at_least=None):
    """Note what was measured for a promise of docs/reliability.md, for the report to collect.

    Args:
        promise: Its number.
        what: What was measured. Of several values of one thing the report shows the largest.
        value: What it came to, a number.
        unit: Of the value.
        at_most: What the promise allows; the report, and only it, calls more a failure. A machine
            may be busy while tests run.
        at_least: What the full form must have come to.
    """
    line = {"promise": promise, "what": what, "value": value, "unit": unit}
    line |= {"at_most": at_most, "at_least": at_least}
    print(json.dumps(line))
    if path := os.environ.get("RELIABILITY_FIGURES"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
