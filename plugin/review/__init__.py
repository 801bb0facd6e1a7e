"""The review of a run: one polygon after the other, each decision on the disk at once."""
