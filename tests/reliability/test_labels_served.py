"""kill -9 of the running studio during a stream of labels: none that was acknowledged is lost."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from models.labels.projects import Projects
from tests.labelers import ROWS, make_teller, until
from tests.reliability.effort import figure, times

KILLS = times(3, 200)
A_SECOND = 20
SECONDS = 0.4, 1.6
"""How long each studio lives after its first answer"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_no_label_acknowledged_over_http_is_lost(start, tmp_path):
    registry = make_teller(tmp_path)
    project = Projects(tmp_path, registry).create("Killed", "digits", "teller")
    port = free_port()
    server = start(
        Path(__file__).with_name("label_server.py"), tmp_path, port, stdin=subprocess.PIPE
    )
    chance = random.Random(0)
    stream = Stream(port, project.id)
    for kill in range(KILLS):
        server.stdin.write("go\n")
        server.stdin.flush()
        studio = psutil.Process(int(server.stdout.readline()))
        stream.connect()
        stream.send(chance.uniform(*SECONDS), studio)
        studio.wait(30)
        with project.open_labels() as store:
            current, extra = store.current(), len(store.history()) - len(stream.answered)
        assert extra in (0, 1), "at most the last one was kept without a word"
        kept = [*stream.answered, stream.pending][: len(stream.answered) + extra]
        assert current.tolist() == come_to(kept), f"after kill {kill + 1}"
    assert len(stream.answered) > KILLS * 5
    figure(1, "kills of the studio", KILLS)
    figure(1, "labels that it acknowledged", len(stream.answered))


def come_to(requests):
    labels = [-1] * ROWS
    for request in requests:
        for row in request["samples"]:
            labels[row] = request["label"]
    return labels


class Stream:
    """Sends a label every 50 ms; what got no answer is sent again to the next studio."""

    def __init__(self, port, project):
        self.port, self.path = port, f"/labels/{project}/steps"
        self.chance = random.Random(1)
        self.answered = []
        self.number, self.pending = 0, None
        self.connection = None

    def connect(self):
        def answers():
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                self.connection.request("GET", self.path.removesuffix("/steps"))
                return self.connection.getresponse().read()
            except OSError:
                return None

        until(answers)

    def send(self, seconds, studio):
        """Send labels for some seconds, then kill the studio while one is under way."""
        end = time.monotonic() + seconds
        while True:
            begun = time.monotonic()
            request = self.pending or self._next()
            self.pending = request
            try:
                self.connection.request("POST", self.path, json.dumps(request))
                if begun > end:
                    time.sleep(self.chance.uniform(0, 0.008))
                    studio.send_signal(signal.SIGKILL)
                answer = self.connection.getresponse()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                assert begun > end, "it died of itself"
                return
            assert answer.status == 200, said
            self.answered.append(request)
            self.pending = None
            if begun > end:
                return
            time.sleep(max(0.0, 1 / A_SECOND - (time.monotonic() - begun)))

    def _next(self):
        self.number += 1
        rows = self.chance.sample(range(ROWS), self.chance.choice([1, 1, 1, 20]))
        label = self.chance.randrange(10)
        return {"key": f"stream:{self.number}", "samples": rows, "label": label}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
