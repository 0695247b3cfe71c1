"""The design file: what was designed, for whom, and how anyone can check it."""
