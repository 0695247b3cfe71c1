"""The support function S_j(w) of program (6): every method behind one function."""
