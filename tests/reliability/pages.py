"""What pages do to a studio that runs in a process of its own: move, label, ask."""

import http.client
import json
import re
import struct
from urllib.parse import urlsplit

import numpy as np
from websockets.sync.client import connect


def address_of(process):
    """Return where a studio says that it is open."""
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError("it did not open")


class Mover:
    """A page that moves through a model's plane."""

    def __init__(self, address, checkpoint):
        self.socket = connect(f"ws{address.removeprefix('http')}/live/{checkpoint}")
        self.sequence = 0

    def move(self, z):
        """Return the picture at a place, uint8."""
        self.sequence += 1
        number = struct.pack("<I", self.sequence)
        self.socket.send(number + np.asarray(z, "<f4").tobytes())
        answer = self.socket.recv(timeout=60)
        assert answer[:4] == number, "an answer of somebody else's"
        return np.frombuffer(answer[4:], np.uint8)

    def close(self):
        self.socket.close()


class Teller:
    """A page that labels."""

    def __init__(self, address, name):
        self.name = name
        self.steps = 0
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)

    def ask(self, method, path, body=None):
        """Return the JSON of an answer, which has to be one of success."""
        sent = None if body is None else json.dumps(body)
        self.connection.request(method, path, sent)
        answer = self.connection.getresponse()
        said = answer.read().decode()
        assert answer.status == 200, said
        return json.loads(said)

    def project(self, name):
        """Begin a project and return its id."""
        body = {"name": name, "dataset": "digits", "checkpoint": "teller"}
        return self.ask("POST", "/labels", body)["id"]

    def label(self, project, samples, label):
        self.steps += 1
        body = {"key": f"{self.name}:{self.steps}", "samples": samples, "label": label}
        return self.ask("POST", f"/labels/{project}/steps", body)

    def undo(self, project):
        self.steps += 1
        return self.ask("POST", f"/labels/{project}/undo", {"key": f"{self.name}:{self.steps}"})

    def given(self, project):
        """Return the labels that a project has, by row."""
        self.connection.request("GET", f"/labels/{project}/export/labels.csv")
        lines = self.connection.getresponse().read().decode().split()[1:]
        return {int(row): int(label) for row, label in (line.split(",") for line in lines)}

    def close(self):
        self.connection.close()
