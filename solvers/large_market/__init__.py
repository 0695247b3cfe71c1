"""Programs (5) and (6): row generation with a two-sided certificate."""
