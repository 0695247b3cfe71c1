"""Pictures of results, drawn with matplotlib and written whole or not at all."""

from raymenu.pictures.canvas import save
from raymenu.pictures.ladder import draw_ladder
from raymenu.pictures.menus import draw_menus
from raymenu.pictures.replicas import draw_replicas, draw_robustness
from raymenu.pictures.scale import draw_scale

__all__ = ["draw_ladder", "draw_menus", "draw_replicas", "draw_robustness", "draw_scale", "save"]
