"""Answers with certificates: solver backends, and the methods built on them."""
