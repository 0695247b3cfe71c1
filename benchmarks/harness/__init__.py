"""Jobs, workers, limits, rows: how anything is measured."""
