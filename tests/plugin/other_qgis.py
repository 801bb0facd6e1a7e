"""Another QGIS with the same GeoPackage: changes it as it is told, a line of JSON for each change, and stays open."""

from __future__ import annotations

import json
import os
import sys

from qgis.core import QgsApplication, QgsVectorLayer


def main(path: str) -> None:
    """Change polygons until there is nothing more to read."""
    application = QgsApplication([], False)
    application.initQgis()
    layer = QgsVectorLayer(f"{path}|layername=anomalies", "other", "ogr")
    provider, fields = layer.dataProvider(), layer.fields()
    print("ready", flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        changes = {
            int(fid): {fields.indexOf(name): value for name, value in values.items()}
            for fid, values in told.get("decide", {}).items()
        }
        done = not changes or provider.changeAttributeValues(changes)
        done = done and (not told.get("delete") or provider.deleteFeatures(told["delete"]))
        print("done" if done else "failed", flush=True)
    # QGIS cannot be torn down in a process without a window.
    os._exit(0)


main(sys.argv[1])
