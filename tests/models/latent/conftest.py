from hypothesis import settings

# Speed is the benchmark's business; a busy machine must not fail a property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
