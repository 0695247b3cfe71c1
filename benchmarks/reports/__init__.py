"""What a run found, as tables, pages and pictures."""
