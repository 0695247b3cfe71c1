"""One file a method of the support function."""
