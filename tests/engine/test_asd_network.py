"""The ASD network: what is computed densely is what patches give; losses and density by their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from anomaly_lens.engine.models.asd import ASD, MARGIN, PATCH, ASDConfig, PatchEncoder
from anomaly_lens.engine.models.density import GaussianDensity
from anomaly_lens.engine.teaching.augment import transformed
from anomaly_lens.engine.teaching.losses import compact, diverse, rich, separate, sphere

pytestmark = pytest.mark.usefixtures("one_thread")


def make(bands=3, **options):
    torch.manual_seed(0)
    return ASD(ASDConfig(bands, **options)), torch.randn(1, bands, 20 + 2 * MARGIN, 24 + 2 * MARGIN)


@pytest.mark.parametrize(("bands", "joined"), [(1, False), (3, True), (14, False)])
def test_dense_is_patch_by_patch(bands, joined):
    network, image = make(bands, joined=joined)
    rows, columns = torch.meshgrid(torch.arange(20), torch.arange(24), indexing="ij")
    with torch.inference_mode():
        dense = network.features(image)[0]
        patches = network.patchwise(image, rows.flatten(), columns.flatten())
    assert dense.shape == (len(patches[0]), 20, 24)
    torch.testing.assert_close(dense.flatten(1).T, patches, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("every", [2, 4, 8])
def test_an_encoder_skips_pixels_exactly(every):
    torch.manual_seed(0)
    encoder = PatchEncoder(ASDConfig(3))
    image = torch.randn(1, 3, 45, 38)
    with torch.inference_mode():
        torch.testing.assert_close(encoder.dense(image, every), encoder.dense(image)[:, :, ::every, ::every])


def test_every_fourth_pixel_is_that_of_all():
    network, image = make()
    with torch.inference_mode():
        torch.testing.assert_close(network(image, 4)[0], network(image)[0][:, :, ::4, ::4])


def test_a_descriptor_sees_a_patch_at_half_the_resolution_and_no_farther():
    network, image = make()
    image.requires_grad_(True)
    network.features(image)[0, :, 10, 12].sum().backward()
    seen = image.grad[0].abs().sum(0).nonzero()
    rows, columns = seen.T - torch.tensor([[10 + MARGIN], [12 + MARGIN]])
    assert rows.abs().max() <= PATCH and columns.abs().max() <= PATCH
    assert rows.min() < -10 and rows.max() > 10


def test_losses_follow_their_equations():
    normal = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    center, radius = sphere(normal)
    assert center.tolist() == [1.5, 2.0]
    assert float(radius) == 2.5
    assert float(compact(normal, torch.zeros(2), torch.tensor(3.0))) == pytest.approx(9 + 10 * (25 - 9) / 2)
    assert float(diverse(normal, normal + 1)) == pytest.approx(1 / 2)
    assert np.isfinite(float(diverse(normal, normal)))
    assert float(rich(normal, normal + 2)) == pytest.approx(4)
    assert float(separate(torch.zeros(1, 2), torch.full((1, 2), 50.0))) == pytest.approx(0, abs=1e-6)
    assert float(separate(normal, normal)) > 1


def test_transformed_ground_is_unlike_itself_and_repeatable():
    image = torch.randn(2, 3, 40, 40)
    once, again = (transformed(image, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(once, again)
    assert once.shape == image.shape
    assert (once - image).abs().mean() > 0.1
    one_band = transformed(image[:, :1], torch.Generator().manual_seed(1))
    assert (one_band - image[:, :1]).abs().mean() > 0.3


def test_distances_are_mahalanobis():
    values = torch.randn(500, 4, dtype=torch.float64) @ torch.randn(4, 4, dtype=torch.float64)
    density = GaussianDensity.fit(values.float())
    centred = values - values.mean(0)
    expected = (centred @ torch.linalg.inv(values.T.cov()) * centred).sum(1).sqrt()
    found = density.distance(values.float().T[None, :, :, None])[0, :, 0]
    torch.testing.assert_close(found, expected.float(), rtol=1e-3, atol=1e-3)


def test_a_singular_covariance_is_shrunk():
    values = torch.randn(300, 1) @ torch.ones(1, 3)
    density = GaussianDensity.fit(values)
    aside = torch.tensor([1.0, -1.0, 0.0])
    distances = density.distance(torch.stack([torch.ones(3), aside], 1)[None, :, :, None]).flatten()
    assert torch.isfinite(distances).all()
    assert distances[1] > 3 * distances[0]
    assert torch.isfinite(GaussianDensity.fit(torch.ones(10, 2)).whitening).all()
