"""Teaching ASD what is normal, from polygons that a person drew."""
