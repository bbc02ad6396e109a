"""Serves the studio in one process after another: kill one, and the next is there in a moment.

Arguments: workspace, port. For each line on its standard input it starts a studio, whose process id
it says; what is imported once is there for all of them.
"""

import os
import socket
import sys
from pathlib import Path

import torch
import uvicorn

from models.data import load
from studio.app import Settings, create_app


def serve(app, port):
    listening = socket.create_server(("127.0.0.1", port), reuse_port=False)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def main(workspace, port):
    torch.set_num_threads(1)
    folder = Path(workspace)
    # Put together once; it has no threads and has opened nothing before it serves.
    app = create_app(Settings(workspace=folder, pretrained=folder / "none", only="runs"))
    load("digits", validation=0)  # What that imports takes longest of all.
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            serve(app, int(port))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
