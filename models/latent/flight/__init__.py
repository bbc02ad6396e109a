"""Flying through latent space: the ship, the space it flies in, its paths, and where to go."""

from models.latent.flight.frame import Frame
from models.latent.flight.interest import InterestKind, PointOfInterest, points_of_interest
from models.latent.flight.path import FlightPath, evenly_spaced
from models.latent.flight.roads import Roads
from models.latent.flight.shapes import catmull_rom, orbit, spiral, straight, tour, warp
from models.latent.flight.ship import Controls, ShipConfig, ShipState, step, turn
from models.latent.flight.timing import Decode, PathFigures, figures, to_constant_image_speed
from models.latent.flight.walk import walk

__all__ = [
    "Controls",
    "Decode",
    "FlightPath",
    "Frame",
    "InterestKind",
    "PathFigures",
    "PointOfInterest",
    "Roads",
    "ShipConfig",
    "ShipState",
    "catmull_rom",
    "evenly_spaced",
    "figures",
    "orbit",
    "points_of_interest",
    "spiral",
    "step",
    "straight",
    "to_constant_image_speed",
    "tour",
    "turn",
    "walk",
    "warp",
]
