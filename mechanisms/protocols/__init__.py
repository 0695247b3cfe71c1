"""Trading protocols (section 1.1), obvious strategy-proofness, and Theorem 2."""
