"""Linear programs as arrays: read from Pyomo, scaled, solved by any backend, and certified outside it."""
