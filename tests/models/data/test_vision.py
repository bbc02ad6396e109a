import subprocess
import sys
from pathlib import Path

import torch

from models.data.vision import import_torchvision

REPOSITORY = Path(__file__).parents[3]


def test_imports_and_transforms_work():
    torchvision = import_torchvision()
    assert torchvision.datasets.MNIST.__name__ == "MNIST"
    resized = torchvision.transforms.functional.resize(torch.zeros(1, 3, 8, 8), [4, 4])
    assert resized.shape == (1, 3, 4, 4)


def test_works_twice_and_in_a_fresh_interpreter():
    code = (
        "import sys; from models.data.vision import import_torchvision as go;"
        "assert 'torchvision' not in sys.modules;"
        "assert go() is go() is sys.modules['torchvision']"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
