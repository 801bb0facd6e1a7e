"""Whether a Python can run the engine."""

from __future__ import annotations

import json
import sys

import pytest
import torch
from anomaly_lens.engine import device
from anomaly_lens.engine.check import check, check_packages
from anomaly_lens.engine.cli import main
from anomaly_lens.engine.errors import EngineError


def test_a_python_that_works_tells_what_it_has():
    found = check("cpu")
    assert found["device"] == "cpu"
    assert found["packages"]["torch"] == torch.__version__
    assert found["executable"] == sys.executable
    assert 0 < found["deviation"] < 1e-4, "float32 against float64"


def fails(error_or_result):
    """A convolution in float32 that raises, or is off; that in float64, which it is compared with, is right."""
    right = torch.nn.functional.conv2d

    def conv2d(image, kernel):
        if image.dtype == torch.float64:
            return right(image, kernel)
        if isinstance(error_or_result, Exception):
            raise error_or_result
        return right(image, kernel) * error_or_result

    return conv2d


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (RuntimeError("CUDA error: no kernel image is available\nmore"), "cannot compute: CUDA error: no kernel image"),
        (1.5, "computes wrongly"),
    ],
)
def test_a_device_that_fails_is_named(trouble, words, monkeypatch):
    monkeypatch.setattr(torch.nn.functional, "conv2d", fails(trouble))
    with pytest.raises(EngineError) as caught:
        check("cpu")
    assert caught.value.code == "device_failed"
    assert caught.value.message.startswith("CPU")
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_a_package_that_cannot_be_loaded_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineError) as caught:
        check("cpu")
    assert caught.value.code == "engine_incomplete"
    assert "torch" in caught.value.message


def test_an_old_python_is_told_before_it_breaks(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(EngineError) as caught:
        check_packages()
    assert caught.value.code == "engine_incomplete"
    assert "3.10 or newer" in caught.value.message


def test_the_command_line_tells_it_in_words_and_as_json(capsys, monkeypatch):
    assert main(["check", "--device", "cpu"]) == 0
    assert torch.__version__ in capsys.readouterr().out
    assert main(["check", "--device", "cpu", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["device"] == "cpu"
    monkeypatch.setattr(device, "devices", lambda: [{"name": "cpu", "label": "CPU", "available": True}])
    assert main(["check", "--device", "cuda", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unknown_device"
    assert main(["check", "--device", "cuda"]) == 2
    assert "not available" in capsys.readouterr().err
