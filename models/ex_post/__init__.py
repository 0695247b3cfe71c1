"""The ex-post optimal allocation EOPR, over rays and over any trading sets."""
