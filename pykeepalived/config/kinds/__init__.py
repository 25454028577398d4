"""How words become values: one class per kind of argument."""
