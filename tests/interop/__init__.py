"""`xueliang probe` against servers that nobody here wrote."""
