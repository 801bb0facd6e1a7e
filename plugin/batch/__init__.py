"""Many scenes in one queue: layers, files and folders, searched one after the other."""
