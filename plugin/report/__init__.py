"""Reports on a run: one file to read, print and hand on."""
