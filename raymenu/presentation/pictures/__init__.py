"""Pictures of results, drawn with matplotlib and written whole or not at all."""

from raymenu.presentation.pictures.canvas import save
from raymenu.presentation.pictures.handovers import draw_handovers
from raymenu.presentation.pictures.ladder import draw_ladder
from raymenu.presentation.pictures.menus import draw_menus
from raymenu.presentation.pictures.replicas import draw_replicas, draw_robustness
from raymenu.presentation.pictures.scale import draw_scale

__all__ = ["draw_handovers", "draw_ladder", "draw_menus", "draw_replicas", "draw_robustness", "draw_scale", "save"]
