"""Models from the authors' checkpoints: what they compute, and wrong files refused with a reason."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.asd import MARGIN
from anomaly_lens.engine.models.taught import load_model
from anomaly_lens.engine.pipeline import score_scene
from anomaly_lens.engine.teaching.checkpoints import read_checkpoints
from anomaly_lens.engine.teaching.teach import teach
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread")

LENGTH = 5


class Encoder(nn.Sequential):
    """The published layout: four convolutions with two poolings between."""

    def __init__(self, bands):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(bands, 8, 3), nn.Conv2d(8, 16, 3)
        self.conv3, self.conv4 = nn.Conv2d(16, 128, 2), nn.Conv2d(128, LENGTH, 1)

    def forward(self, patch):  # noqa: D102
        x = nn.functional.max_pool2d(self.conv1(patch).relu(), 2)
        x = nn.functional.max_pool2d(self.conv2(x).relu(), 2)
        return self.conv4(self.conv3(x).relu())


class Heads(nn.Module):
    """A normalisation and three heads."""

    def __init__(self, bands):
        super().__init__()
        self.bn = nn.BatchNorm2d(3 * LENGTH)
        self.conv1, self.conv2 = nn.Conv2d(3 * LENGTH, LENGTH, 1), nn.Conv2d(3 * LENGTH, bands, 1)
        self.conv3 = nn.Conv2d(3 * LENGTH, 7, 1)
        with torch.no_grad():
            self.bn.running_mean.normal_()
            self.bn.running_var.uniform_(0.5, 2)
            self.bn.weight.normal_()
            self.bn.bias.normal_()


@pytest.fixture
def published(tmp_path):
    """A folder with files as published, for 3 bands, and the modules they came from."""
    torch.manual_seed(0)
    folder = tmp_path / "published"
    folder.mkdir()
    encoders = [Encoder(3) for _ in range(3)]
    for encoder, scale in zip(encoders, ("0.50", "1.01", "2.02"), strict=True):
        torch.save(encoder.state_dict(), folder / f"checkpoint-model-scale-{scale}.pth")
    heads = Heads(3).eval()
    torch.save(heads.state_dict(), folder / "checkpoint-model-mseoad.pth")
    return folder, encoders, heads


def test_descriptors_are_those_of_the_published_network(published):
    folder, encoders, heads = published
    network = read_checkpoints(folder, 3)
    image = torch.rand(1, 3, 8 + 2 * MARGIN, 8 + 2 * MARGIN)
    scaled = [
        nn.functional.avg_pool2d(image, 2),
        image,
        nn.functional.interpolate(image, scale_factor=2, mode="bilinear", align_corners=False),
    ]
    row, column = 4, 6
    with torch.inference_mode():
        parts = []
        for encoder, picture, scale in zip(encoders, scaled, (0.5, 1, 2), strict=True):
            top, left = (int((place + MARGIN) * scale) - 7 for place in (row, column))
            parts.append(encoder(picture[:, :, top : top + 15, left : left + 15]))
        expected = heads.conv1(heads.bn(torch.cat(parts, 1)))[0, :, 0, 0]
        torch.testing.assert_close(network.features(image)[0, :, row, column], expected, rtol=1e-4, atol=1e-5)


def test_a_model_is_made_by_fitting_the_density_alone(published, make_raster, noise, tmp_path):
    folder, *_ = published
    scene = make_raster(noise(rows=120, columns=120).astype(np.uint8))
    normal = {"bbox": [500_000, 5_598_800, 501_200, 5_600_000]}
    result = teach([scene], [normal], tmp_path / "model", name="Published", checkpoints=folder)
    assert result.card["training"]["checkpoints"] == str(folder)
    model = load_model(result.model)
    assert model.scaling.spread.tolist() == [255, 255, 255]
    assert torch.equal(model.network.encoders[0].conv1.weight, read_checkpoints(folder, 3).encoders[0].conv1.weight)
    assert np.mean(score_scene(scene, "asd", model=result.model) > 0.5) == pytest.approx(0.01, abs=0.01)


class Harmful:
    """What a pickle could hide."""

    def __reduce__(self):
        return print, ("this must not run",)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda f: (f / "checkpoint-model-mseoad.pth").unlink(), "no checkpoint-model-mseoad.pth"),
        (lambda f: (f / "checkpoint-model-scale-1.01.pth").unlink(), "2 files"),
        (lambda f: (f / "checkpoint-model-scale-1.01.pth").write_bytes(b"no zip"), "read safely"),
        (lambda f: (f / "checkpoint-model-scale-1.01.pth").write_bytes(b"junk"), "read safely"),
        (lambda f: (f / "checkpoint-model-scale-1.01.pth").write_bytes(pickle.dumps(Harmful())), "read safely"),
        (
            lambda f: torch.save({1: torch.ones(1)}, f / "checkpoint-model-scale-1.01.pth"),
            "something else than tensors",
        ),
        (
            lambda f: torch.save({"conv1.weight": torch.tensor(1.0)}, f / "checkpoint-model-scale-0.50.pth"),
            "not laid out",
        ),
        (
            lambda f: torch.save({"conv1.weight": 3}, f / "checkpoint-model-scale-1.01.pth"),
            "something else than tensors",
        ),
        (lambda f: torch.save(Heads(3).state_dict(), f / "checkpoint-model-scale-0.50.pth"), "not laid out"),
        (lambda f: torch.save(Encoder(3).state_dict(), f / "checkpoint-model-mseoad.pth"), "not laid out"),
    ],
)
def test_wrong_files_are_refused_with_a_reason(published, spoil, reason, capsys):
    folder, *_ = published
    spoil(folder)
    with pytest.raises(EngineError, match=reason) as error:
        read_checkpoints(folder, 3)
    assert error.value.code == "bad_checkpoint"
    assert "must not run" not in capsys.readouterr().out


def test_checkpoints_for_other_bands_are_refused(published):
    folder, *_ = published
    with pytest.raises(EngineError, match="for 3 bands, the scenes have 4"):
        read_checkpoints(folder, 4)


def test_a_closed_folder_holds_no_checkpoints(closed):
    with pytest.raises(EngineError, match="holds 0 files"):
        read_checkpoints(closed, 3)
