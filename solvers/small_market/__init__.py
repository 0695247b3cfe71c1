"""Menus for the market as it is: few agents, who must clear among themselves."""
