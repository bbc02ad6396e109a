"""What opening a model does not load: it is what a person waits for at the first page."""

import subprocess
import sys

OPEN = """
import sys, tempfile
from pathlib import Path
from models.registry import Registry

registry = Registry(Path(tempfile.mkdtemp()))
names = [entry.name for entry in registry.entries()]
assert len(names) > 10
for name in names:
    registry.open(name)
heavy = {"sympy", "torch._dynamo", "torch._inductor", "torchvision"} & set(sys.modules)
assert not heavy, heavy
"""


def test_no_shipped_model_loads_a_compiler_to_be_opened():
    subprocess.run([sys.executable, "-c", OPEN], check=True, timeout=300)
