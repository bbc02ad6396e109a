"""Flights that every implementation of the ship must fly alike, kept beside this file as JSON.

`python -m tests.models.latent.ship_reference` writes them anew after a change of the ship. Each is
a start, what the pilot does and for how long, and the state after every so many steps.
"""

import json
from pathlib import Path

from models.config import from_json, to_json
from models.latent.flight import Controls, ShipConfig, ShipState, step

FILE = Path(__file__).with_name("ship_reference.json")
EVERY = 10

CONFIG = ShipConfig.within((-3.0, -2.5, -3.5), (3.0, 3.5, 2.5))
TILTED = ShipState(
    position=(0.5, -1.0, 0.25), velocity=(0.3, 0.1, -0.2), attitude=(0.5, -0.5, 0.5, 0.5)
)
PILOTS = {
    "thrust": [(90, Controls(thrust=1))],
    "brake": [(40, Controls(thrust=1)), (60, Controls(brake=1))],
    "turn": [(60, Controls(thrust=0.6, pitch=0.4, yaw=-0.8, roll=1)), (40, Controls(pitch=-1))],
    "into the border": [(400, Controls(thrust=1, yaw=0.05))],
    "backward": [(100, Controls(thrust=-1, roll=-0.5))],
}


def flights():
    """The flights, computed now, as plain JSON values."""
    return {
        "config": to_json(CONFIG),
        "every": EVERY,
        "flights": [
            flight(f"{name}, {1 / dt:.0f} steps a second", start, parts, dt)
            for name, parts in PILOTS.items()
            for start in (ShipState(), TILTED)
            for dt in (1 / 60, 1 / 144)
        ],
    }


def flight(name, start, parts, dt):
    state, states = start, []
    controls = [held for count, held in parts for _ in range(count)]
    for done, held in enumerate(controls, 1):
        state = step(state, held, dt, CONFIG)
        if done % EVERY == 0:
            states.append(to_json(state))
    pilot = [{"steps": count, "controls": to_json(held)} for count, held in parts]
    return {"name": name, "dt": dt, "start": to_json(start), "pilot": pilot, "states": states}


def kept():
    return json.loads(FILE.read_text())


def read_state(plain):
    return from_json(ShipState, plain)


if __name__ == "__main__":
    FILE.write_text(json.dumps(flights(), indent=None, separators=(",", ":")) + "\n")
