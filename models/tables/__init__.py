"""Tables of numbers: how rows are read, scaled, told by a VAE, judged beside classical methods."""
