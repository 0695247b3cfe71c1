"""The paper's programs as Pyomo models, one file each. Builders build; they never solve and never touch files."""
