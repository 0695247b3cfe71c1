"""What is measured. ``raymenu bench`` runs it; inputs are committed, outputs are not.

``harness`` runs jobs and keeps their rows, ``suites`` are measured again and again, ``studies`` settled a question,
``reports`` say what was found.
"""
