"""Menus of polarized rays, lotteries over them, and how types choose from them."""
