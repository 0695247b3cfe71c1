"""Section 2: Theorem 1, bilateral trade, and the ladder of mechanisms."""
