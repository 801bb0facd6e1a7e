"""ONNX files: the same numbers as PyTorch, at sizes that they were not traced with, and what Deepness asks of one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from anomaly_lens.engine.detectors import create_detector
from anomaly_lens.engine.models.ada.network import AdaNetwork
from anomaly_lens.engine.models.asd import ASD, MARGIN, ASDConfig
from anomaly_lens.engine.models.density import GaussianDensity
from anomaly_lens.engine.models.deviation import scene_statistics
from anomaly_lens.engine.models.guided import guided_mean
from anomaly_lens.engine.models.mixture import MixtureDensity
from anomaly_lens.engine.models.surroundings import length, scene_density
from anomaly_lens.engine.models.taught import Scaling, TaughtModel, load_model, save_model
from anomaly_lens.engine.models.uniadrs import UniADRSConfig
from anomaly_lens.engine.pipeline import score_scene
from anomaly_lens.engine.profiles import PROFILES
from anomaly_lens.engine.region import Region
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.tiles import reflect
from anomaly_lens.training import export_onnx, onnx_deepness, onnx_networks
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.onnx_instances import with_map
from anomaly_lens.training.onnx_operators import OPERATORS

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

pytestmark = pytest.mark.usefixtures("one_thread")


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("stem", ["spatial", "spectral"])
def test_uniadrs_is_the_same_at_any_size_and_number_of_bands(tmp_path, stem):
    network = onnx_networks.uniadrs(stem)
    path = tmp_path / "network.onnx"
    assert export_onnx.export(network, path) <= export_onnx.TOLERANCE
    opened = session(path)
    # Neither size nor bands are among those that the exporter has tried.
    given = network.example(80, 208)
    shape = given[0].shape
    assert shape[1] not in {network.example(*size)[0].shape[1] for size in network.sizes[:1]}
    logit, embedded = opened.run(None, {n: x.numpy() for n, x in zip(network.inputs, given)})
    with torch.no_grad():
        expected = network.module(*given)
    np.testing.assert_allclose(logit, expected[0], atol=1e-4)
    np.testing.assert_allclose(embedded, expected[1], atol=1e-4)
    assert np.ptp(logit) > 1
    metadata = opened.get_modelmeta().custom_metadata_map
    assert metadata["network"] == f"uniadrs-{stem}"
    assert metadata["weights"].startswith("sha256:")


@pytest.mark.parametrize(("head", "stride"), [("mask_dino", 2), ("mask2former", 1)])
def test_instance_networks_are_the_same_at_any_size(tiny_ada, tmp_path, head, stride):
    torch.manual_seed(0)
    trunk = UniADRSConfig(widths=(4, 4, 8, 8, 8), features=4, embedding=2)
    made = AdaNetwork(replace(tiny_ada, head=head, trunk=trunk))
    for layer in made.head.mask, made.adaptation.map.head:  # louder than a network that has learned nothing
        for parameter in layer.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    network = onnx_networks.instance_network(head, made, stride, {})
    path = tmp_path / "network.onnx"
    assert export_onnx.export(network, path) <= export_onnx.TOLERANCE
    opened = session(path)
    (image,) = network.example(80, 144)
    found = [torch.from_numpy(x) for x in opened.run(None, {"image": image.numpy()})]
    named = dict(zip(network.outputs, found, strict=True))
    assert ("boxes" in named) == (head == "mask_dino")
    assert named["masks"].shape == (1, tiny_ada.queries, 80 // stride, 144 // stride)
    assert named["masks"].std() > 0.1
    with torch.no_grad():
        plain = network.module(image)
    torch.testing.assert_close(named["map_logit"], plain[0], rtol=0, atol=1e-4)
    for own, other in zip(with_map(network.module, image, named["map_logit"])[1:], found[1:], strict=True):
        torch.testing.assert_close(own, other, rtol=1e-4, atol=1e-4)
    # With a map of its own, the rank of a pixel may differ by one here and there, and nothing else does.
    apart = (named["masks"] - plain[2]).abs()
    assert (apart < 1e-4).float().mean() > 0.9
    assert apart.max() < 0.05 * plain[2].std()
    metadata = opened.get_modelmeta().custom_metadata_map
    assert len(json.loads(metadata["inputs"])) == image.shape[1] == 17
    assert metadata["stride"] == str(stride)


def taught(folder, name, *, bands, adapt):
    """A small ASD model that has learned nothing: as in the paper, or with the bands and one scene's density, too."""
    torch.manual_seed(0)
    chance = torch.Generator().manual_seed(0)
    network = ASD(ASDConfig(2, length=3, widths=(2, 3, 4), joined=bands)).eval()
    values = torch.randn(400, length(2), generator=chance)
    model = TaughtModel(
        network,
        None if adapt else Scaling(torch.zeros(2), torch.ones(2)),
        GaussianDensity.fit(0.1 * torch.randn(200, 9 if bands else 3, generator=chance)),
        1.5,
        {"name": name},
        MixtureDensity.fit(values, chance) if bands else None,
        torch.tensor([3.0, 2.0, 4.0]) if bands else torch.ones(3),
    )
    save_model(folder, model)
    return load_model(folder)


@pytest.mark.parametrize(("bands", "adapt"), [(False, False), (True, True)])
def test_a_taught_model_says_what_the_detector_says(tmp_path, write_image, bands, adapt):
    model = taught(tmp_path / "model", "forest/10 cm", bands=bands, adapt=adapt)
    network = onnx_networks.asd(str(tmp_path / "model"))
    path = tmp_path / f"{network.name}.onnx"
    assert export_onnx.export(network, path) <= export_onnx.TOLERANCE
    opened = session(path)
    assert json.loads(opened.get_modelmeta().custom_metadata_map["reference"]) == 1.5
    pixels = np.random.default_rng(0).normal(0, 1, (2, 60, 70)).astype(np.float32)
    write_image(tmp_path / "scene.tif", pixels)
    with open_scene(tmp_path / "scene.tif") as scene:
        scores = score_scene(scene, "asd", model=str(tmp_path / "model"), device="cpu")
        region = Region(scene)
        scaling = model.scaling or Scaling.of_region(region, "cpu", lambda _: None)
        density = scene_density(region, scaling, "cpu", lambda _: None)
    valid = torch.ones(60, 70, dtype=torch.bool)
    reach = (-MARGIN, 60 + MARGIN), (-MARGIN, 70 + MARGIN)
    image = scaling(reflect(torch.from_numpy(pixels), *reach), reflect(valid, *reach))[None]
    given = dict(zip(network.inputs, (image, density.mean[None], density.whitening[None])))
    answers = opened.run(None, {name: x.numpy() for name, x in given.items()})
    found = {name: torch.from_numpy(x) for name, x in zip(network.outputs, answers, strict=True)}
    if "score" in found:
        ours = found["score"][0, 0]
    else:
        mean = guided_mean(found["distance"][0, 0], found["guide"][0], valid.float()).clamp(min=0)
        ours = mean / (mean + 1.5)
    np.testing.assert_allclose(ours, scores, atol=1e-4)
    if adapt:
        around = found["around"][0][:, ::4, ::4].flatten(1).double()
        again = GaussianDensity.of(around.mean(1), around.cov(correction=0))
        torch.testing.assert_close(again.whitening, density.whitening, rtol=1e-3, atol=1e-3)


def test_taught_models_are_opened_before_anything_is_exported(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export_onnx, "export", None)
    words = ["export-onnx", "--out", str(tmp_path / "out"), "--asd"]
    assert main([*words, str(tmp_path / "absent")]) == 2
    assert "absent is not the folder of a taught model" in capsys.readouterr().err
    for folder, name in (("a", "forest"), ("b", "Forest")):
        taught(tmp_path / folder, name, bands=False, adapt=True)
    assert main([*words, str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "would be asd-forest.onnx" in capsys.readouterr().err


class Search(torch.nn.Module):
    """Both searches in a table of open length, and a stable sort."""

    def forward(self, table, values):
        """Places in the table, then in the sorted values."""
        first, last = torch.searchsorted(table, values), torch.searchsorted(table, values, right=True)
        return first, last, *(values.sort(dim=1, descending=down, stable=True).indices for down in (False, True))


def test_operators_that_the_exporter_does_not_know(tmp_path):
    length, count = torch.export.Dim("length", min=2, max=4096), torch.export.Dim("count", min=2, max=4096)
    chance = torch.Generator().manual_seed(0)

    def given(n, m):
        # Many ties, and values below, above and beyond all entries.
        table = torch.randint(0, n // 3 + 1, (1, n), generator=chance).float().sort(1).values
        values = torch.randint(-2, n // 3 + 3, (1, m), generator=chance).float()
        values[0, :2] = torch.tensor([torch.inf, -torch.inf])
        return table, values

    program = torch.onnx.export(
        Search().eval(),
        given(10, 12),
        dynamo=True,
        verbose=False,
        input_names=["table", "values"],
        dynamic_shapes=({1: length}, {1: count}),
        custom_translation_table=OPERATORS,
    )
    program.save(tmp_path / "search.onnx")
    opened = session(tmp_path / "search.onnx")
    for sizes in ((2, 5), (64, 300), (1000, 33)):
        table, values = given(*sizes)
        found = opened.run(None, {"table": table.numpy(), "values": values.numpy()})
        for own, other in zip(Search()(table, values), found, strict=True):
            np.testing.assert_array_equal(own.numpy(), other)


@pytest.mark.parametrize(("off", "right"), [(2e-4, True), (0.05, False)])
def test_what_cancels_to_little_may_differ_as_what_it_is_a_sum_of(off, right):
    """Masks of the weights that ship reach 450, and no file of theirs was kept for the last digit of such sums."""
    values = torch.linspace(-450, 450, 1001).reshape(1, 1, 7, 143)
    network = onnx_networks.Network(
        "sums", torch.nn.Identity(), ("x",), ("y",), (None,), lambda *_: (values,), sizes=((7, 143),)
    )

    class Session:
        def run(self, _, given):
            return [given["x"] + np.float32(off) * (abs(given["x"]) < 1)]

    assert (export_onnx._difference(network, Session()) <= export_onnx.TOLERANCE) == right


def test_a_file_that_differs_is_not_left(tmp_path, monkeypatch):
    network = onnx_networks.uniadrs("spatial")
    path = tmp_path / "network.onnx"
    path.write_bytes(b"the one before")
    monkeypatch.setattr(export_onnx, "TOLERANCE", 0.0)
    with pytest.raises(export_onnx.EngineError, match="differs from PyTorch"):
        export_onnx.export(network, path)
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [(path.name, b"the one before")]


@pytest.fixture(scope="module")
def deepness_file(tmp_path_factory):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("deepness") / "uniadrs.onnx"
    export_onnx.export(onnx_networks.deepness(3), path)
    torch.set_num_threads(threads)
    return path


def test_deepness_can_read_the_metadata(deepness_file):
    """As the plugin reads it: JSON values, class names in order from 0, a type that it knows, a fixed square tile."""
    opened = session(deepness_file)
    (given,) = opened.get_inputs()
    (made,) = opened.get_outputs()
    batch, bands, height, width = given.shape
    assert (batch, bands) == (1, 3)
    assert height == width == made.shape[2] == made.shape[3]
    assert made.shape[:2] == [1, 1]
    metadata = opened.get_modelmeta().custom_metadata_map
    values = {key: json.loads(metadata[key]) for key in onnx_deepness.deepness_metadata()}
    assert str(values["model_type"]).capitalize() in {"Segmentor", "Regressor"}
    names = sorted(values["class_names"].items(), key=lambda item: int(item[0]))
    assert [int(key) for key, _ in names] == list(range(len(names)))
    assert names[0][1] == "anomaly"
    assert int(values["tile_size"]) == height
    assert 0 <= int(values["tiles_overlap"]) < 100
    assert float(values["resolution"]) > 0
    assert 0 < float(values["seg_thresh"]) < 1
    for key in ("standardization_mean", "standardization_std"):
        assert np.asarray([float(value) for value in values[key]]).shape in {(1,), (bands,)}


def test_deepness_gets_an_object_and_nothing_where_there_is_no_data(deepness_file):
    """A tile as the plugin hands it over: bytes divided by 255, standardised by the metadata, bands first."""
    opened = session(deepness_file)
    side = onnx_deepness.DEEPNESS_TILE
    tile = (onnx_networks._ground(3, side, side)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    batch = np.float32(tile[None] * 1.0 / 255.0).transpose(0, 3, 1, 2)
    (score,) = opened.run(None, {"image": batch})
    assert np.isfinite(score).all()
    assert score.min() >= 0
    assert score.max() <= 1
    place = (0, 0, slice(side // 2, side // 2 + 9), slice(side // 3, side // 3 + 7))
    assert score[place].mean() > 0.5
    assert (score > 0.5).mean() < 0.02
    assert (score[..., -side // 8 :] == 0).all()


def test_deepness_ranks_as_the_detector_does(deepness_file, write_image, tmp_path):
    side = onnx_deepness.DEEPNESS_TILE
    image = onnx_networks._ground(3, side, side)
    bytes_ = (image[0].numpy() * 255).astype(np.uint8)
    write_image(tmp_path / "ground.tif", bytes_[:, :, : -side // 8])
    with open_scene(tmp_path / "ground.tif") as scene:
        region = Region(scene)
        detector = create_detector("uniadrs", PROFILES["visible"])
        detector.prepare(region, lambda _: None)
        scores = np.concatenate([part for part, _ in region.visit(detector.look, lambda _: None, detector.halo)])
    (score,) = session(deepness_file).run(None, {"image": np.float32(bytes_[None] / 255.0)})
    ours = score[0, 0, :, : -side // 8]
    top = [set(np.argsort(values.ravel())[-200:].tolist()) for values in (scores, ours)]
    assert len(top[0] & top[1]) > 100


def test_eigenvectors_and_factors_are_those_of_linear_algebra():
    chance = torch.Generator().manual_seed(0)
    for size in (1, 2, 3, 4):
        root = torch.randn(size, size, generator=chance, dtype=torch.float64)
        matrix = root @ root.T + 0.1 * torch.eye(size)
        values, vectors = onnx_deepness.eigen(matrix)
        torch.testing.assert_close(values, torch.linalg.eigvalsh(matrix).flip(0))
        torch.testing.assert_close(vectors @ values.diag() @ vectors.T, matrix)
        whitening = onnx_deepness.inverse_factor(matrix)
        torch.testing.assert_close(whitening @ matrix @ whitening.T, torch.eye(size, dtype=torch.float64))


def test_a_tile_s_statistics_are_those_of_a_scene():
    image = onnx_networks._ground(3, 128, 128)[0]
    valid = image.amax(0) > 0
    own = onnx_deepness.tile_statistics(image, valid)
    every = onnx_deepness._SAMPLE_EVERY
    pixels = image[:, valid].double()
    sample = image[:, ::every, ::every][:, valid[::every, ::every]]
    whole = scene_statistics(sample.T, pixels.mean(1), pixels.cov())
    torch.testing.assert_close(own.center, whole.center)
    torch.testing.assert_close(own.scale, whole.scale)
    torch.testing.assert_close(own.tables, whole.tables, rtol=1e-3, atol=1e-4)


def test_command_line_says_what_it_wrote(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(export_onnx, "STEMS", ("spatial",))
    monkeypatch.setattr(export_onnx, "INSTANCES", ())
    assert main(["export-onnx", "--out", str(tmp_path), "--bands"]) == 0
    assert "uniadrs-spatial.onnx" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["uniadrs-spatial.onnx"]


def test_taught_models_can_be_exported_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export_onnx, "export", lambda _, path: path.touch() or 0.0)
    taught(tmp_path / "a", "forest", bands=False, adapt=True)
    words = ["export-onnx", "--out", str(tmp_path / "out"), "--only"]
    assert main([*words, "asd", "--asd", str(tmp_path / "a")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["asd-forest.onnx"]
    assert main([*words, "asd"]) == 2
    assert "with --asd" in capsys.readouterr().err
    assert main([*words, "uniadrs", "--asd", str(tmp_path / "a")]) == 2
    assert "Add asd to --only" in capsys.readouterr().err
