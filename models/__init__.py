"""The science of Latent Studio: networks, losses, data, latent geometry, training, checkpoints.

Nothing in here knows of a screen. `python -m models --help` lists the commands.
"""
