"""The Processing toolbox's provider "Anomaly Lens": what the dock does, for models, batches and ``qgis_process``."""
