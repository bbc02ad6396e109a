"""A page that labels and a store that is killed; run by test_labels_killed.py in a process apart.

`python labels_writer.py FILE KILLS`: process after process answers one endless row of requests,
each killed with SIGKILL at a random moment. As a page does, the next one first repeats the request
that was not acknowledged. A life prints the requests acknowledged so far, how many of them are
missing from the file, and what SQLite's integrity check says.
"""

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from models.labels import LabelStore

ROWS, CLASSES = 200, 10


def request(number):
    """The request of that number: its method and arguments, the same whoever asks."""
    draws = random.Random(number)
    kind = draws.random()
    key = f"page:{number}"
    if kind < 0.1:
        return "undo", (key,)
    if kind < 0.15:
        return "redo", (key,)
    several = draws.choice([1, 1, 1, 1, 40])
    samples = draws.sample(range(ROWS), several)
    label = draws.choice([None, *range(CLASSES)])
    return "label", (samples, label, "lasso" if several > 1 else "hand", key)


def answer_forever(path, number, report):
    store = LabelStore(path, ROWS, CLASSES)
    while True:
        method, arguments = request(number)
        getattr(store, method)(*arguments)
        os.write(report, b".")
        number += 1


def check(path, acknowledged):
    with closing(sqlite3.connect(path)) as connection:
        kept = {key for (key,) in connection.execute("SELECT key FROM steps")}
        [whole] = connection.execute("PRAGMA integrity_check").fetchone()
    return sum(f"page:{number}" not in kept for number in range(acknowledged)), whole


def main(path, kills):
    moments = random.Random(0)
    acknowledged = 0
    for _ in range(kills):
        read, report = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            answer_forever(path, acknowledged, report)
        os.close(report)
        os.read(read, 1)
        acknowledged += 1
        time.sleep(0.15 * moments.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(read, 1 << 16):
            acknowledged += len(more)
        os.close(read)
        print(acknowledged, *check(path, acknowledged), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
