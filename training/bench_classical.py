"""Speed of the classical detectors, beside Spectral Python, the Orfeo Toolbox and a loop over pixels."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from ..engine.detectors import create_detector
from ..engine.detectors.base import Detector
from ..engine.detectors.crd import REGULARISATION
from ..engine.metrics import auc
from ..engine.pipeline import score_scene
from ..engine.profiles import PROFILES
from ..engine.region import Region
from ..engine.scene import open_scene
from .bench_data import make_cube, write_cube
from .bench_tools import Row, Sizes, agreement, difference, duration, race, spread

_PROFILE = PROFILES["hyperspectral"]
_ORFEO = "otbcli_LocalRxDetection"


def bench_global(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Global RX beside Spectral Python's, on a large cube and on small scenes."""
    shapes = ((sizes.cube, sizes.cube, sizes.bands), *sizes.small)
    for index, (rows, columns, bands) in enumerate(shapes):
        cube, foreign = make_cube(rows, columns, bands)
        path = work / f"cube{index}.img"
        write_cube(path, cube)
        doubles = cube.astype(np.float64)
        with open_scene(path) as scene:
            seconds, scores = race(_rivals(path, doubles, Region(scene)), sizes.repeats)
        areas = {name: auc(map_[foreign], map_[~foreign]) for name, map_ in scores.items()}
        for place, words in (("file", "both read the file"), ("memory", "both have it in memory")):
            ours, theirs = f"ours_{place}", f"theirs_{place}"
            apart = difference(scores[ours], scores[theirs])
            ratio = statistics.median(seconds[theirs]) / statistics.median(seconds[ours])
            yield Row(
                f"rx {rows}x{columns}x{bands}, {words}",
                spread(seconds[ours]),
                spread(seconds[theirs]),
                ratio,
                f"Spectral Python; scores {agreement(apart)}; AUC {areas[ours]:.4f} / {areas[theirs]:.4f}",
                aim="3x" if index == 0 and sizes.aims else "",
                met=ratio >= 3,
                figures={"seconds": seconds, "auc": areas, "largest_relative_difference": apart},
            )


def _rivals(path: Path, doubles: NDArray[np.float64], region: Region) -> dict[str, Callable[[], Any]]:
    """Global RX by both, from the file and with its pixels in memory."""
    import spectral

    return {
        "ours_file": lambda: score_scene(path, "rx", modality="hyperspectral", device="cpu"),
        "theirs_file": lambda: spectral.rx(
            np.asarray(spectral.open_image(path.with_suffix(".hdr")).load(dtype=np.float64))
        ),
        # A region keeps what it has read: all runs but the unmeasured first have their pixels in memory.
        "ours_memory": lambda: _score(region, "rx"),
        "theirs_memory": lambda: spectral.rx(doubles),
    }


def _score(region: Region, name: str) -> NDArray[np.float32]:
    """Raw scores of a region on the CPU."""
    detector = create_detector(name, _PROFILE)
    detector.prepare(region, lambda _: None)
    return _looked(region, detector)


def _looked(region: Region, detector: Detector) -> NDArray[np.float32]:
    """The scores of a detector that is prepared."""
    return np.concatenate([scores for scores, _ in region.visit(detector.look, lambda _: None, detector.halo)])


def bench_local(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Local RX: the whole cube for us, a block in its middle for Spectral Python, extrapolated; the Orfeo Toolbox."""
    from spectral.algorithms.detectors import RX
    from spectral.algorithms.spatial import map_outer_window_stats

    inner, outer = _PROFILE.inner_window, _PROFILE.outer_window
    cube, foreign = make_cube(sizes.cube, sizes.cube, sizes.bands)
    path = work / "local.img"
    write_cube(path, cube)
    # The block holds foreign pixels, and no window of it reaches the border, where the definitions differ.
    first = _busiest(foreign, sizes.block, outer)
    block = tuple(slice(start, start + sizes.block) for start in first)

    def theirs(image: NDArray[np.floating]) -> NDArray[np.float64]:
        rx = RX()

        def score(background: Any, pixel: NDArray[np.floating]) -> NDArray[np.floating]:  # noqa: ANN401
            rx.set_background(background)
            return rx(pixel)

        rows, columns = ((part.start, part.stop) for part in block)
        return map_outer_window_stats(score, image, inner, outer, dim_out=1, rslice=rows, cslice=columns)

    doubles = cube.astype(np.float64)
    began = time.perf_counter()
    mine = score_scene(path, "local_rx", modality="hyperspectral", device="cpu")
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    other = theirs(doubles)
    pixels = sizes.block**2
    per_pixel = (time.perf_counter() - began) / pixels
    extrapolated = per_pixel * cube.shape[0] * cube.shape[1]
    areas = [auc(map_[foreign[block]], map_[~foreign[block]]) for map_ in (mine[block], other)]
    yield Row(
        f"local_rx {sizes.cube}x{sizes.cube}x{sizes.bands}, windows {inner}/{outer}",
        f"{seconds:.1f} s",
        f"{duration(extrapolated)}, from {per_pixel * 1e3:.1f} ms/px",
        extrapolated / seconds,
        "Spectral Python; not the same: we keep up to 32 components and shrink; AUC in the block "
        f"{areas[0]:.3f} / {areas[1]:.3f}, ours in the whole {auc(mine[foreign], mine[~foreign]):.4f}",
        aim="50x, 60 s" if sizes.aims else "",
        met=seconds <= 60 and extrapolated >= 50 * seconds,
        figures={"seconds": seconds, "theirs_seconds_per_pixel": per_pixel, "pixels": pixels, "auc_block": areas},
    )
    few = 16
    small_path = work / "local16.img"
    write_cube(small_path, np.ascontiguousarray(cube[:, :, :few]))
    with open_scene(small_path) as scene:
        region = Region(scene)
        exact = create_detector("local_rx", _PROFILE)
        exact.shrink = False  # type: ignore[attr-defined]
        exact.prepare(region, lambda _: None)
        began = time.perf_counter()
        mine = _looked(region, exact)
        seconds = time.perf_counter() - began
    began = time.perf_counter()
    other = theirs(doubles[:, :, :few])
    per_pixel = (time.perf_counter() - began) / pixels
    extrapolated = per_pixel * cube.shape[0] * cube.shape[1]
    apart = difference(mine[block], other)
    yield Row(
        f"local_rx {sizes.cube}x{sizes.cube}x{few}, the same definition (no shrinkage)",
        f"{seconds:.1f} s",
        f"{duration(extrapolated)}, from {per_pixel * 1e3:.1f} ms/px",
        extrapolated / seconds,
        f"Spectral Python; scores of {pixels} px away from borders {agreement(apart)}; at borders they shift the "
        "window, we cut it",
        figures={"seconds": seconds, "theirs_seconds_per_pixel": per_pixel, "largest_relative_difference": apart},
    )
    yield _beside_orfeo(small_path, mine, seconds, f"{sizes.cube}x{sizes.cube}x{few}", sizes.aims)


def _beside_orfeo(path: Path, mine: NDArray[np.float32], seconds: float, size: str, aims: bool) -> Row:
    """The Orfeo Toolbox on the same cube, with the same windows."""
    what = f"local_rx {size}, the same definition (no shrinkage)"
    if shutil.which(_ORFEO) is None:
        return Row(what, f"{seconds:.1f} s", remark="Orfeo Toolbox: not installed (Debian package otb-bin)")
    inner, outer = _PROFILE.inner_window // 2, _PROFILE.outer_window // 2
    out = path.with_suffix(".otb.tif")
    # Its GDAL is the system's, and takes no settings that rasterio left for its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GDAL_", "PROJ_"))}
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 - a program of the distribution  # nosec B603
        [_ORFEO, "-in", str(path), "-out", str(out), "float", "-ir", str(inner), "-er", str(outer)],
        check=True,
        capture_output=True,
        env=environment,
    )
    theirs_seconds = time.perf_counter() - began
    with rasterio.open(out) as dataset:
        theirs = dataset.read(1)
    inside = (slice(2 * outer, -2 * outer),) * 2
    apart = difference(mine[inside], theirs[inside])
    return Row(
        what,
        f"{seconds:.1f} s",
        f"{theirs_seconds:.1f} s",
        theirs_seconds / seconds,
        f"Orfeo Toolbox LocalRxDetection, start included; scores away from borders {agreement(apart)}",
        aim="5x" if aims else "",
        met=theirs_seconds >= 5 * seconds,
        figures={"seconds": seconds, "theirs_seconds": theirs_seconds, "largest_relative_difference": apart},
    )


def _busiest(foreign: NDArray[np.bool_], side: int, margin: int) -> tuple[int, int]:
    """Upper left corner of the square, away from the border, that holds the most foreign pixels."""
    windows = np.lib.stride_tricks.sliding_window_view(foreign, (side, side)).sum(axis=(2, 3))
    inside = windows[margin:-margin, margin:-margin]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(row) + margin, int(column) + margin


def bench_crd(sizes: Sizes, work: Path) -> Iterator[Row]:
    """CRD on the cube that its published time is for, beside a loop over pixels that solves the paper's equations."""
    bands = 46
    cube, foreign = make_cube(sizes.cube, sizes.cube, bands)
    path = work / "crd.img"
    write_cube(path, cube)
    began = time.perf_counter()
    mine = score_scene(path, "crd", modality="hyperspectral", device="cpu")
    seconds = time.perf_counter() - began
    row, column = _busiest(foreign, sizes.block, _PROFILE.outer_window)
    block = (slice(row, row + sizes.block), slice(column, column + sizes.block))
    doubles = cube.astype(np.float64)
    began = time.perf_counter()
    other = np.array(
        [[_crd(doubles, i, j) for j in range(cube.shape[1])[block[1]]] for i in range(row, row + sizes.block)]
    )
    per_pixel = (time.perf_counter() - began) / sizes.block**2
    extrapolated = per_pixel * foreign.size
    other *= np.median(mine[block] / other)  # the loop's unit is that of the file
    apart = difference(mine[block], other)
    yield Row(
        f"crd {sizes.cube}x{sizes.cube}x{bands}, windows {_PROFILE.inner_window}/{_PROFILE.outer_window}",
        f"{seconds:.1f} s",
        f"{duration(extrapolated)}, from {per_pixel * 1e3:.1f} ms/px",
        extrapolated / seconds,
        f"a loop over pixels in numpy; scores {agreement(apart)}; AUC {auc(mine[foreign], mine[~foreign]):.4f}",
        aim="30 s" if sizes.aims else "",
        met=seconds <= 30,
        figures={"seconds": seconds, "theirs_seconds_per_pixel": per_pixel, "largest_relative_difference": apart},
    )


def _crd(cube: NDArray[np.float64], row: int, column: int) -> float:
    """The remainder of one pixel that is no nearer to the border than the window, from the s by s system."""
    guard, half = _PROFILE.inner_window // 2, _PROFILE.outer_window // 2
    away = np.arange(-half, half + 1)
    ring = np.maximum(np.abs(away)[:, None], np.abs(away)) > guard
    window = cube[row - half : row + half + 1, column - half : column + half + 1]
    z = (window[ring] - cube[row, column]).T
    weights = np.linalg.solve(z.T @ z + REGULARISATION * np.diag(np.square(z).sum(axis=0)), np.ones(z.shape[1]))
    return float(np.linalg.norm(z @ (weights / weights.sum())))
