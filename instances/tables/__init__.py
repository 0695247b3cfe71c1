"""From the tables people have, CSV, XLSX or data frames, to an instance.

``reading`` and ``spreadsheets`` turn a file into a grid of cells, ``numbers`` decides how its numbers are written,
``shape`` finds names and values (wide or long form), ``matching`` brings tables together by name, ``costs`` reads
preferences, ``shrinkage`` tames noisy rates, and ``building`` makes the instance and says what it assumed.
"""
