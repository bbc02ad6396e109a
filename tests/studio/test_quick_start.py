"""What a studio loads before its first page, and what it does not."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("sklearn", "scipy", "matplotlib.pyplot", "matplotlib.figure", "av", "torchvision"),
    *("tensorboard", "ray", "onnxruntime", "onnx", "torch._dynamo", "sympy", "joblib"),
)
"""Libraries that are loaded by whoever needs them first"""
CODE = """
import sys
from pathlib import Path
import torch, gradio
before = set(sys.modules)
from fastapi.testclient import TestClient
from studio import afterwards
from studio.app import Settings, create_app
loading, afterwards.load = afterwards.load, lambda names: None
app = create_app(Settings(workspace=Path(sys.argv[1])))
with TestClient(app, base_url="http://127.0.0.1:7860") as client:
    assert client.get("/").status_code == 200
print("loaded:", *(name for name in sys.argv[2:] if name in set(sys.modules) - before))
wanted = afterwards.SOON + afterwards.LATER
loading(wanted)
assert set(wanted) <= sys.modules.keys()
"""


def test_nothing_heavy_is_loaded_before_the_first_page(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path), *HEAVY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]


def test_no_stub_is_written_beside_a_widget():
    import studio.widgets

    folder = Path(studio.widgets.__file__).parent
    stubs = list(folder.rglob("*.pyi"))
    for stub in stubs:  # Of an earlier version, perhaps.
        stub.unlink()
    code = "import studio.widgets, studio.widgets.house"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300)
    assert not list(folder.rglob("*.pyi"))
