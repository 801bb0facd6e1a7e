"""MATLAB cubes as scenes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.training.mat import open_mat
from rasterio.windows import Window


def read(scene):
    return scene.read(Window(0, 0, scene.width, scene.height))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64", "complex64", "bool"])
def test_a_cube_reads_as_it_was_written(tmp_path, dtype):
    cube = np.random.default_rng(1).integers(0, 100, (5, 7, 3)).astype(dtype)
    scipy.io.savemat(tmp_path / "scene.mat", {"data": cube, "map": np.zeros((5, 7))})
    with open_mat(tmp_path / "scene.mat") as scene:
        assert (scene.height, scene.width, scene.count, scene.name) == (5, 7, 3, "scene")
        assert scene.dtype == ("uint8" if dtype == "bool" else dtype)
        pixels, valid = read(scene)
        with open_scene(scene.path) as again:
            assert again.width == 7
    assert valid.all()
    np.testing.assert_array_equal(
        pixels, np.abs(cube).transpose(2, 0, 1) if "complex" in dtype else cube.transpose(2, 0, 1)
    )


def test_not_a_number_is_not_valid(tmp_path):
    cube = np.ones((2, 2, 2))
    cube[0, 1, 1] = np.nan
    scipy.io.savemat(tmp_path / "scene.mat", {"data": cube})
    with open_mat(tmp_path / "scene.mat") as scene:
        assert read(scene)[1].tolist() == [[True, False], [True, True]]


def test_the_named_variable_is_used(tmp_path):
    scipy.io.savemat(tmp_path / "two.mat", {"a": np.zeros((2, 3, 4)), "b": np.ones((5, 6, 7))})
    with open_mat(tmp_path / "two.mat", "b") as scene:
        assert (scene.height, scene.width, scene.count) == (5, 6, 7)


def test_the_memory_file_goes_with_the_scene(tmp_path):
    scipy.io.savemat(tmp_path / "scene.mat", {"data": np.ones((2, 2, 2))})
    with open_mat(tmp_path / "scene.mat") as scene:
        path = scene.path
    with pytest.raises(EngineError):
        open_scene(path)


@pytest.mark.parametrize(
    ("variables", "variable", "says"),
    [
        ({"a": np.zeros((2, 3, 4)), "b": np.zeros((2, 3, 4))}, None, "2 three-dimensional"),
        ({"a": np.zeros((2, 3))}, None, "no three-dimensional"),
        ({"a": np.zeros((2, 3, 4))}, "cube", "not there"),
        ({"a": np.zeros((2, 3))}, "a", "not three-dimensional"),
        ({"a": np.full((2, 3, 4), "x", dtype=object)}, None, "no numbers"),
    ],
)
def test_a_cube_that_cannot_be_told_is_named_with_what_is_there(tmp_path, variables, variable, says):
    scipy.io.savemat(tmp_path / "odd.mat", variables)
    with pytest.raises(EngineError, match=says) as caught, open_mat(tmp_path / "odd.mat", variable):
        pass
    assert "odd.mat" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (None, "scene_not_found", "does not exist"),
        (b"", "scene_unreadable", "not a MATLAB file"),
        (b"not a cube at all, but a text that is long enough for a header of one hundred and twenty-eight bytes" * 3,
         "scene_unreadable", "not a MATLAB file"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400), "scene_unreadable", "7.3"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_say_so(tmp_path, content, code, says):
    path = tmp_path / "bad.mat"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=says) as caught, open_mat(path):
        pass
    assert caught.value.code == code
    assert "bad.mat" in caught.value.message
    assert caught.value.hint


def test_a_truncated_file_says_so(tmp_path):
    path = tmp_path / "cut.mat"
    scipy.io.savemat(path, {"data": np.random.default_rng(0).random((20, 20, 5))})
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(EngineError, match=r"cut\.mat"), open_mat(path):
        pass
