"""Cells of rays: what types would pay, bounds, and rays that represent them."""
