"""Finding the engine's Python, and the environment it gets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from anomaly_lens.plugin import engine_env
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.settings import ENGINE_PYTHON


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "python"
    path.touch()
    return path


def test_nothing_of_qgis_leaks_in():
    env = {
        "PATH": "/bin",
        "HOME": "/home/größe",
        "PYTHONHOME": "x",
        "PYTHONPATH": "x",
        "PROJ_LIB": "x",
        "PROJ_DATA": "x",
        "GDAL_DATA": "x",
        "GDAL_DRIVER_PATH": "x",
        "LD_LIBRARY_PATH": "x",
        "DYLD_LIBRARY_PATH": "x",
        "CUDA_VISIBLE_DEVICES": "0",
    }
    clean = engine_env.clean_environment(env)
    assert clean == {"PATH": "/bin", "HOME": "/home/größe", "CUDA_VISIBLE_DEVICES": "0", "PYTHONUTF8": "1"}
    assert "PYTHONHOME" in env


def test_the_options_win_over_the_environment(program, monkeypatch):
    monkeypatch.setenv("ANOMALY_LENS_PYTHON", sys.executable)
    assert engine_env.find_python() == Path(sys.executable)
    ENGINE_PYTHON.set(str(program))
    assert engine_env.find_python() == program


def test_a_python_that_was_set_and_is_gone_is_named(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    monkeypatch.setenv("ANOMALY_LENS_PYTHON", str(gone))
    with pytest.raises(PluginError) as caught:
        engine_env.find_python()
    assert caught.value.code == "no_engine"
    assert str(gone) in caught.value.message
    assert "ANOMALY_LENS_PYTHON" in caught.value.message
    assert "Options" in caught.value.hint


def test_a_checkout_brings_its_own(tmp_path):
    assert engine_env.checkout_python(tmp_path) is None
    for place in ("Scripts/python.exe", "bin/python"):
        path = tmp_path / ".venv" / place
        path.parent.mkdir(parents=True)
        path.touch()
        assert engine_env.checkout_python(tmp_path) == path


def test_qgis_own_python_is_the_last_resort(program, monkeypatch):
    monkeypatch.setattr(engine_env, "checkout_python", lambda: None)
    monkeypatch.setattr(engine_env, "qgis_python", lambda: program)
    assert engine_env.find_python() == program
    monkeypatch.setattr(engine_env, "qgis_python", lambda: None)
    with pytest.raises(PluginError) as caught:
        engine_env.find_python()
    assert caught.value.code == "no_engine"


@pytest.mark.parametrize("executable", ["/opt/qgis/bin/qgis-bin.exe", "/Applications/QGIS.app/Contents/MacOS/QGIS"])
def test_qgis_python_is_never_the_gui(executable, tmp_path, monkeypatch):
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = tmp_path / "bin" / name
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(sys, "exec_prefix", str(tmp_path))
    assert engine_env.qgis_python() == python


def test_the_command_starts_the_engine_of_this_folder(program):
    launch = engine_env.find_launch(str(program))
    python, script, method = launch.command
    assert (python, method) == (str(program), "worker")
    assert Path(script).is_file()
    assert Path(script).parts[-2:] == ("engine", "__main__.py")
