"""Canvases that follow a hand, where Gradio's own components cannot."""

from studio.widgets.base import on_scene
from studio.widgets.live import LiveView
from studio.widgets.map import LatentMap
from studio.widgets.pad import DigitPad
from studio.widgets.place import PlaceView
from studio.widgets.strip import FilmStrip

__all__ = ["DigitPad", "FilmStrip", "LatentMap", "LiveView", "PlaceView", "on_scene"]
