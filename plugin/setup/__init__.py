"""Makes, mends and removes the engine's own Python environment, from inside QGIS."""
