"""The large-market program (5) and its dual (6)."""
