"""The baseline of the live route: each change is a request of its own, answered as a data URL.

This is how a page of Gradio redraws a picture, without Gradio's queue and checks: the sliders go up
as JSON, the picture is decoded, packed as PNG, written in base64 and sent as text.

    python -m models.bench.redraw CHECKPOINT WORKSPACE

serves it on a free port of this machine, which it prints.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch
from PIL import Image

from models.registry import Registry
from models.vae import VAE

__all__ = ["data_url", "main"]


@torch.inference_mode()
def data_url(model: VAE, z: list[float]) -> str:
    """Return the picture of a code as the text that a page shows."""
    image_CHW = model.decode(torch.tensor([z]))[0].mul(255).add(0.5).to(torch.uint8)
    image = image_CHW[0] if len(image_CHW) == 1 else image_CHW.permute(1, 2, 0)
    packed = io.BytesIO()
    Image.fromarray(image.contiguous().numpy()).save(packed, "PNG")
    return "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()


def _server(model: VAE) -> ThreadingHTTPServer:
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with turn:
                torch.set_num_threads(1)
                data = json.dumps({"data": [data_url(model, asked["data"])]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def main(name: str, workspace: str) -> None:
    """Serve one checkpoint until the process is ended."""
    server = _server(Registry(Path(workspace)).open(name).model)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
