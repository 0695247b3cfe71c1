"""Pictures of results, drawn with matplotlib and written whole or not at all."""

from raymenu.pictures.canvas import save
from raymenu.pictures.ladder import draw_ladder
from raymenu.pictures.menus import draw_menus

__all__ = ["draw_ladder", "draw_menus", "save"]
