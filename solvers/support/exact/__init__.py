"""From what a search found to what is claimed: exact menus, exact values, bounds rounded outwards."""
