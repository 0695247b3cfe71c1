"""Mechanisms that ask nobody: the first best, and the best assignment everyone accepts."""
