"""What all tests share: where the project lies, and its package as plugins.qgis.org would get it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def plugin_zip():
    """The plugin's zip, built from the working tree as it is."""
    subprocess.run([sys.executable, ROOT / ".ci" / "package.py"], check=True, stdout=subprocess.DEVNULL)
    return ROOT / "dist" / "anomaly_lens.zip"


@pytest.fixture
def tiny_ada():
    """The shape of an instance network that is built and run in a moment; tests change what they are about."""
    from anomaly_lens.engine.models.ada.network import AdaConfig  # torch, as below
    from anomaly_lens.engine.models.ada.trunk import TrunkConfig

    return AdaConfig(
        trunk=TrunkConfig(8, 2, (8, 8, 8, 8), (1, 1, 1, 1)),
        hidden=16,
        heads=2,
        encoder_layers=1,
        decoder_layers=2,
        encoder_feedforward=16,
        decoder_feedforward=16,
        queries=5,
        map_width=8,
    )


@pytest.fixture
def one_thread():
    """Two threads that wait for each other are slow on a machine that has other work."""
    import torch  # never in the process that holds QGIS, which loads this file too

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
