"""A parent of workers to be killed: `python queue_keeper.py WORKSPACE` looks after the queue."""

import sys
import time
from pathlib import Path

from models.runs import Runs
from models.runs.queue import Queue

if __name__ == "__main__":
    Queue(Runs(Path(sys.argv[1]))).start()
    time.sleep(600)
