"""Where a result comes from: enough to make it again."""

from __future__ import annotations

import configparser
import hashlib
import platform
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .paths import without_secrets

if TYPE_CHECKING:
    from .detectors.base import Detector
    from .scene import Scene

_PACKAGE = Path(__file__).resolve().parent.parent
_PACKAGES = ("torch", "numpy", "scipy", "rasterio", "pyogrio", "shapely", "pyproj")


@cache
def package_version() -> str:
    """The version of Anomaly Lens, from the plugin's ``metadata.txt``."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(_PACKAGE / "metadata.txt", encoding="utf-8")
    return metadata["general"]["version"]


@cache
def package_versions() -> dict[str, str]:
    """The versions of Python, GDAL and the packages that results depend on."""
    import rasterio

    return {
        "python": platform.python_version(),
        "gdal": str(rasterio.__gdal_version__),
        **{name: version(name) for name in _PACKAGES},
    }


@cache
def versions() -> dict[str, str]:
    """What must be the same for results to be: the package's files and what it computes with."""
    code = hashlib.sha256()
    for path in sorted(
        [*(_PACKAGE / "engine").rglob("*.py"), *(_PACKAGE / "resources" / "weights").rglob("card.json")]
    ):
        code.update(path.read_bytes())
    found = {name: text.partition("+")[0] for name, text in package_versions().items()}
    found["python"] = ".".join(platform.python_version_tuple()[:2])
    return {"anomaly_lens": f"{package_version()} ({code.hexdigest()[:8]})", **found}


def provenance(
    *,
    run_id: str,
    scene: Scene,
    source: str | None,
    detector: Detector,
    device: str,
    parameters: dict[str, Any],
    reference: float | None,
) -> dict[str, Any]:
    """The provenance of a run as plain JSON types.

    Args:
        run_id: of the run.
        scene: what was looked at.
        source: what to name as its source when the scene is a temporary export.
        detector: after ``prepare``.
        device: the device used.
        parameters: what the user chose, defaults filled in.
        reference: the raw score that became 0.5, or None.
    """
    return {
        "software": "Anomaly Lens",
        "version": package_version(),
        "run_id": run_id,
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "source": {
            "path": without_secrets(source or scene.path),
            "width": scene.width,
            "height": scene.height,
            "bands": scene.bands,
            "also_nodata": scene.also_nodata,
            "dtype": scene.dtype,
            "crs": None if scene.crs is None else scene.crs.to_string(),
        },
        "detector": detector.name,
        "detector_parameters": detector.parameters,
        "weights_sha256": detector.weights_sha256,
        "modality": detector.profile.name,
        "device": device,
        "parameters": parameters,
        "raw_score_of_one_half": reference,
        "packages": package_versions(),
    }
