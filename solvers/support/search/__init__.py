"""The compiled search: kernels only."""
