"""The doors of the studio: who may come in, how much at once, and what is written down of it."""
