"""Questions that were settled by measuring, one file each."""
