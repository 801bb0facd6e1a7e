"""The QGIS side: everything that imports qgis; never torch or rasterio."""
