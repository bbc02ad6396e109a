"""`python -m models`: train, evaluate, look after checkpoints and data, measure."""

import os

# libgomp's threads spin while they wait, which starves a live view beside a training. They are
# told to sleep instead, before torch loads them.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from models.cli import main

if __name__ == "__main__":
    main()
