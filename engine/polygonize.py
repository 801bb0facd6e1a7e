"""Polygons of a heat map that is there already: in a file, or in a message."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import shapely

from .errors import EngineError
from .instances import MAX_INSTANCES
from .outlines import drawn_as
from .polygons import NOT_WRITTEN, write_polygons
from .score_map import ScoreMap, Shaped, Shaping, enough_memory, load
from .work import in_the_way


def polygonize(heatmap: str | Path, shaping: Shaping, out: str | Path) -> dict[str, Any]:
    """Write the polygons of a heat map, as the command line and the toolbox do.

    Args:
        heatmap: path of the GeoTIFF.
        shaping: how polygons are made.
        out: the GeoPackage to write, ``*.gpkg``; must not exist.

    Returns:
        ``instances`` (the path), ``count``, ``omitted``, ``score_threshold``, ``area_unit`` and ``warnings``.

    Raises:
        EngineError: where the heat map cannot be read, a number is out of its range, or nothing can be written.
    """
    path = Path(out)
    if path.suffix.lower() != ".gpkg":
        raise EngineError(
            "bad_parameter",
            f"{path} is no name of a GeoPackage, and nothing else is written.",
            "Give a name that ends in .gpkg; ogr2ogr makes other formats of it.",
        )
    try:
        there = in_the_way(path)
    except (OSError, ValueError) as error:  # no file can have such a name
        raise _not_writable(path, error) from error
    if there is not None:
        raise EngineError("not_writable", f"{there} exists already.", "Choose another name.")
    scores = load(heatmap, shaping)
    with enough_memory(heatmap):
        shaped = scores.shape(shaping)
    origin = {**scores.provenance, "polygonized": {**vars(shaping), "score_threshold": shaped.threshold}}
    draft = path.with_name(f".{uuid.uuid4().hex}.part.gpkg")
    try:
        write_polygons(
            draft,
            scores.scene,
            shaped.instances,
            scores.measure,
            areas=shaped.areas.tolist(),
            outline=shaped.outline,
            detector=str(origin.get("detector", "")),
            modality=str(origin.get("modality", "")),
            run_id=str(origin.get("run_id", "")),
            provenance=origin,
        )
        draft.replace(path)
    except (OSError, *NOT_WRITTEN) as error:
        raise _not_writable(path, error) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return {"instances": str(path), **_summary(scores, shaped)}


def _not_writable(path: Path, error: Exception) -> EngineError:
    return EngineError(
        "not_writable",
        f"{path} cannot be written ({error}).",
        "Choose a folder that can be written to and has room.",
    )


def shape_features(scores: ScoreMap, shaping: Shaping, taken: Sequence[str]) -> dict[str, Any]:
    """Polygons as the plugin wants them: in one message, a list for each field.

    Args:
        scores: the heat map.
        shaping: how polygons are made.
        taken: as for :meth:`ScoreMap.shape`.

    Returns:
        The ``polygonize`` result in ``docs/architecture.md``.
    """
    with enough_memory(scores.scene.path):
        shaped = scores.shape(shaping, taken)
    polygons = [i.polygon for i in shaped.instances]
    width, height = scores.measure.sizes(polygons).T
    return {
        **_summary(scores, shaped),
        "score_lowest": scores.lowest,
        "min_area": scores.smallest_area(shaping),
        "outlines": [
            wkb.hex() for wkb in shapely.to_wkb(scores.measure.all_to_map(drawn_as(polygons, shaped.outline)))
        ],
        "score_max": [i.score_max for i in shaped.instances],
        "score_mean": [i.score_mean for i in shaped.instances],
        "area": shaped.areas.tolist(),
        "width": width.tolist(),
        "height": height.tolist(),
    }


def _summary(scores: ScoreMap, shaped: Shaped) -> dict[str, Any]:
    warnings = [scores.measure.warning] if scores.measure.warning else []
    if shaped.omitted:
        warnings.append(f"{shaped.omitted} more anomalies were left out: only the {MAX_INSTANCES} highest are kept.")
    return {
        "count": len(shaped.instances),
        "omitted": shaped.omitted,
        "score_threshold": shaped.threshold,
        "area_unit": scores.measure.unit,
        "warnings": warnings,
    }
