"""Opens the cube in a MATLAB file as a scene, for public hyperspectral benchmarks come as such."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import scipy.io
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from ..engine.errors import EngineError
from ..engine.scene import Scene, open_scene

_RESAVE = "Save it again in MATLAB with save(file, '-v7'), or convert the cube to GeoTIFF or ENVI."


@contextmanager
def open_mat(path: str | Path, variable: str | None = None) -> Iterator[Scene]:
    """Open a cube of shape (rows, columns, bands) in a ``.mat`` file of version 4 to 7.2 as a scene.

    The cube is laid out as a GeoTIFF in memory, in its own data type, so that the engine reads it the way it reads any
    raster. The scene's ``path`` names that file, which lasts as long as the ``with`` block.

    Args:
        path: the file.
        variable: the cube's name; the only three-dimensional variable when None.

    Yields:
        The scene.

    Raises:
        EngineError: ``scene_not_found``, ``scene_unreadable`` or ``bad_parameter``.
    """
    path = Path(path)
    cube = _read_cube(path, variable)
    rows, columns, bands = cube.shape
    with MemoryFile(filename=f"{path.stem}.tif") as memory:
        try:
            with memory.open(driver="GTiff", width=columns, height=rows, count=bands, dtype=cube.dtype) as dataset:
                dataset.write(np.moveaxis(cube, 2, 0))
        except (RasterioError, TypeError) as error:
            raise EngineError(
                "scene_unreadable",
                f"{path} holds {cube.dtype} values of shape {cube.shape}, which do not fit a raster.",
                "Convert the cube to integers or floats.",
            ) from error
        with open_scene(memory.name) as scene:
            yield scene


def _read_cube(path: Path, variable: str | None) -> np.ndarray:
    if not path.is_file():
        raise EngineError("scene_not_found", f"{path} does not exist.", "Check the path.")
    try:
        shapes = {name: shape for name, shape, _ in scipy.io.whosmat(path)}
        name = _choose(path, shapes, variable)
        cube = np.asarray(scipy.io.loadmat(path, variable_names=[name])[name])
    except NotImplementedError as error:  # how scipy says: version 7.3, which is HDF5
        raise EngineError("scene_unreadable", f"{path} is a MATLAB 7.3 file, which is not read.", _RESAVE) from error
    except (ValueError, TypeError, OSError, EOFError, scipy.io.matlab.MatReadError) as error:
        raise EngineError(
            "scene_unreadable", f"{path} is not a MATLAB file that can be read ({error}).", _RESAVE
        ) from error
    if cube.dtype.kind not in "iufcb":
        raise EngineError(
            "bad_parameter", f"“{name}” in {path} holds no numbers.", "Name the variable that holds the cube."
        )
    return np.asarray(cube, dtype=np.uint8 if cube.dtype.kind == "b" else cube.dtype.newbyteorder("="))


def _choose(path: Path, shapes: dict[str, tuple[int, ...]], variable: str | None) -> str:
    """The name of the cube among the variables of a file."""
    cubes = [name for name, shape in shapes.items() if len(shape) == 3]
    listing = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()) or "no variable"
    if variable is not None:
        if variable in cubes:
            return variable
        problem = "is not three-dimensional" if variable in shapes else "is not there"
        raise EngineError("bad_parameter", f"“{variable}” in {path} {problem}.", f"The file holds: {listing}.")
    if len(cubes) == 1:
        return cubes[0]
    problem = f"{len(cubes)} three-dimensional variables" if cubes else "no three-dimensional variable"
    raise EngineError("bad_parameter", f"{path} holds {problem}.", f"Name the cube; the file holds: {listing}.")
