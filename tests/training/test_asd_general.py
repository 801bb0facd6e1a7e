"""Ground in general: what a ratio calls foreign where a density does not, and which models can be set against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.mixture import MixtureDensity
from anomaly_lens.engine.models.taught import load_model, save_model
from anomaly_lens.engine.pipeline import score_scene
from anomaly_lens.training.asd_classes import class_ground, normal_classes, train
from anomaly_lens.training.asd_general import PIXELS, outlined_ground, set_against

pytestmark = pytest.mark.usefixtures("one_thread")


def test_what_is_simple_is_normal_by_density_and_foreign_by_ratio():
    chance = torch.Generator().manual_seed(0)
    varied = torch.randn(4000, 2, generator=chance) * 2
    simple = torch.randn(4000, 2, generator=chance) * 0.1
    normal = MixtureDensity.fit(varied, chance, 1)
    general = normal.against(MixtureDensity.fit(torch.cat([varied, simple]), chance, 2), varied)
    maps = [values.T[None, :, None] for values in (varied, simple)]
    own, foreign = (normal.distance(values).median() for values in maps)
    assert foreign < own
    own, foreign = (normal.contrast(general, values).median() for values in maps)
    assert foreign > 2 * own
    assert (normal.contrast(general, maps[0]) == 0).float().mean() == pytest.approx(0.05, abs=0.01)


@pytest.fixture
def data(tmp_path, write_image):
    """A folder of two classes: a varied and a smooth one, of the same mean colour."""
    import json

    rng = np.random.default_rng(0)
    listed = {}
    for name, spread in (("varied", 40), ("smooth", 4)):
        listed[name] = {"scenes": {f"{name}{n}.png": "all" for n in range(2)}}
        for image in listed[name]["scenes"]:
            picture = 120 + rng.normal(0, spread, (3, 100, 100))
            write_image(tmp_path / "data" / image, picture.clip(0, 255).astype(np.uint8))
    (tmp_path / "data" / "classes.json").write_text(json.dumps(listed))
    return tmp_path / "data"


def test_a_class_is_set_against_all_classes(data, tmp_path):
    train(data, "varied", tmp_path / "model", changes=["steps=10"], device="cpu")
    model = load_model(tmp_path / "model")
    assert model.card["general_ground"] == {"classes": 2, "pixels": 2 * PIXELS}
    assert model.card["training"]["steps_done"] == 10
    assert model.scaling is not None
    classes = normal_classes(data)
    model.network.requires_grad_(False)
    own, smooth = (outlined_ground(model, class_ground(data, classes, name), most=8) for name in ("varied", "smooth"))
    ratio = [float(model.distance(ground.images, 4)[ground.normal[:, ::4, ::4]].median()) for ground in (own, smooth)]
    assert ratio[1] > 1.5 * ratio[0]
    # At most a few percent of its own ground score above one half, as with any model; those of the other do.
    own, foreign = (
        score_scene(data / f"{name}0.png", "asd", model=str(tmp_path / "model"), modality="visible", device="cpu")
        for name in ("varied", "smooth")
    )
    assert (own > 0.5).mean() < 0.06
    assert np.median(foreign) > own.max()
    # Done again, it is the same.
    before = (tmp_path / "model" / "model.safetensors").read_bytes()
    set_against(
        tmp_path / "model",
        class_ground(data, classes, "varied"),
        [class_ground(data, classes, name) for name in classes],
    )
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before


def test_a_model_that_scales_each_scene_is_refused(data, tmp_path):
    train(data, "varied", tmp_path / "model", changes=["steps=10"], device="cpu")
    adapted = replace(load_model(tmp_path / "model"), scaling=None)
    save_model(tmp_path / "adapted", adapted)
    ground = class_ground(data, normal_classes(data), "varied")
    with pytest.raises(EngineError, match="scales each scene by itself"):
        set_against(tmp_path / "adapted", ground, [ground])
