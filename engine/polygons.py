"""Writing the instances: a GeoPackage of polygons with attributes and provenance."""

from __future__ import annotations

import json
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from .geometry import PixelMeasure
from .heatmap import PROVENANCE_KEY
from .instances import Instance
from .outlines import drawn_as
from .paths import for_writing
from .scene import Scene

LAYER = "anomalies"

NOT_WRITTEN = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error)
"""What :func:`write_polygons` raises where the disk is full or cannot be written; no ``OSError`` is among them."""

_UNDEFINE = "UPDATE gpkg_spatial_ref_sys SET definition = 'undefined' WHERE organization = 'GDAL'"

# A scene without georeference has polygons without CRS; that is meant.
warnings.filterwarnings("ignore", message="'crs' was not provided", module=__name__)


def write_polygons(
    path: Path,
    scene: Scene,
    instances: list[Instance],
    measure: PixelMeasure,
    *,
    areas: list[float],
    outline: str = "pixels",
    detector: str,
    modality: str,
    run_id: str,
    provenance: dict[str, Any],
) -> None:
    """Write the instances, ranked as they come.

    Args:
        path: the GeoPackage to make.
        scene: whose pixel coordinates the instances are in.
        instances: the highest score first.
        measure: of that scene.
        areas: of the instances, in ``measure.unit``.
        outline: how they are drawn, see :func:`~.outlines.drawn_as`; sizes and areas are those of their pixels.
        detector: name of the detector.
        modality: name of the modality.
        run_id: of the run that found them.
        provenance: how they came about, as plain JSON types.
    """
    count = len(instances)
    sizes = measure.sizes([i.polygon for i in instances])
    ranks = np.arange(1, count + 1, dtype=np.int32)

    def text(value: str) -> np.ndarray:
        return np.full(count, value, dtype=object)

    fields: dict[str, np.ndarray] = {
        "id": ranks,
        "score_max": np.array([i.score_max for i in instances], dtype=np.float64),
        "score_mean": np.array([i.score_mean for i in instances], dtype=np.float64),
        "area": np.array(areas, dtype=np.float64),
        "width": sizes[:, 0],
        "height": sizes[:, 1],
        "rank": ranks,
        "status": text("unreviewed"),
        "label": text(""),
        "note": text(""),
        "detector": text(detector),
        "modality": text(modality),
        "run_id": text(run_id),
    }
    if any(i.instance_score is not None for i in instances):
        fields["instance_score"] = np.array([i.instance_score for i in instances], dtype=np.float64)
    with for_writing(path) as draft:
        pyogrio.raw.write(
            draft,
            shapely.to_wkb(measure.all_to_map(drawn_as([i.polygon for i in instances], outline))),
            list(fields.values()),
            list(fields),
            layer=LAYER,
            driver="GPKG",
            dataset_options={"VERSION": "1.2"},  # QGIS 3.22 warns of newer ones
            geometry_type="MultiPolygon",
            crs=None if scene.crs is None else scene.crs.to_wkt(),
            layer_metadata={PROVENANCE_KEY: json.dumps(provenance, ensure_ascii=False)},
        )
    if scene.crs is None:
        _leave_undefined(path)


def _leave_undefined(path: Path) -> None:
    """Have no program take the CRS of polygons that have none for one.

    GDAL describes it since version 3.9; older ones, as in QGIS 3.22, read a CRS there that none can be transformed to.

    Args:
        path: of the GeoPackage.
    """
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(_UNDEFINE)
