"""What is measured: the support-function harness, the regression of known bounds, and other timings.

Inputs are committed, outputs are not. ``raymenu bench`` runs them; each standalone one runs as
``python -m raymenu.benchmarks.NAME``.
"""
