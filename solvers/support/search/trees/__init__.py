"""Trees of cells, one for each negative set and set of prices, with their heaps."""
