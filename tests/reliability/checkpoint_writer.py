"""Writers that are killed while they write; run by test_checkpoint_kills.py in a process apart.

`python checkpoint_writer.py FOLDER KILLS`: FOLDER gets checkpoints from process after process, each
killed with SIGKILL at a random moment. One import of torch serves them all, because each is a fork.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from models.atomic import write_file
from models.checkpoint import CheckpointConfig, save_checkpoint
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.training.config import TrainingConfig
from models.vae import VAE, VAEConfig


def write_forever(folder, life, model, config, report):
    for number in range(10**9):
        name = f"run-{life:04}-{number:04}"
        save_checkpoint(folder / name, config, model)
        write_file(folder / "newest", name.encode() * 1000)
        os.write(report, b".")


def main(folder, kills):
    network = NetworkConfig(encoder_hidden=(64,), decoder_hidden=(64,))
    model = VAE(VAEConfig(network=network))
    config = CheckpointConfig(
        recipe="kills", model=model.config, data=DataConfig(), training=TrainingConfig()
    )
    moments = random.Random(0)
    for life in range(kills):
        read, report = os.pipe()
        start = time.monotonic()
        child = os.fork()
        if not child:
            write_forever(folder, life, model, config, report)
        os.read(read, 1)
        # Somewhere in the second or third write, however slow the disk is.
        time.sleep(2 * moments.random() * (time.monotonic() - start))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(read)
        os.close(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
