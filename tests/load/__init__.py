"""How many browsers one studio serves: `python -m tests.load`."""
