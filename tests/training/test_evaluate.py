"""Evaluation end to end: with scores made up, with the engine, and through the command line."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from anomaly_lens.engine.detectors.rx import GlobalRX
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.instances import Instance
from anomaly_lens.engine.pieces import Piece
from anomaly_lens.engine.profiles import get_profile
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.datasets import find_sets
from anomaly_lens.training.evaluate import SetMeter, evaluate, instance_pixels, tables
from shapely.geometry import MultiPolygon, Polygon, box


def rows_by_set(meters):
    return {meter.labelled.name: meter.summary() for meter in meters}


def oracle(labelled):
    """A scorer that gives each scene its own label as scores."""
    masks = {}
    for labelled_set in find_sets(labelled)[0]:
        for scene in labelled_set.scenes:
            with scene.open() as opened:
                mask = scene.read_mask(opened.height, opened.width).astype(np.float32)
                masks[opened.name] = mask
    return lambda scene, *_: masks[scene.name]


def spoiled(score, place, value):
    """A scorer that gives a part of each scene one value."""

    def spoil(scene, *names):
        scores = score(scene, *names).copy()
        scores[place] = value
        return scores

    return spoil


def test_an_oracle_scores_full_marks(labelled):
    sets, _ = find_sets(labelled)
    meters, skipped = evaluate(sets, ["rx"], score=oracle(labelled), percent=2.0)
    rows = rows_by_set(meters)
    assert not skipped
    assert rows["sar/ships"]["scenes"] == 2
    for name in ("sar/ships", "hyperspectral/cubes"):
        for key in ("auc_df", "auc_df_pooled", "auc_dt", "auc_odp", "miou", "mask_ap", "box_ap", "mask_ap25"):
            assert rows[name][key] == pytest.approx(2.0 if key == "auc_odp" else 1.0), (name, key)
        assert rows[name]["auc_ft"] == 0
        assert np.isnan(rows[name]["object_auc"])
    assert rows["infrared/cars"]["object_auc"] == rows["infrared/cars"]["box_ap50"] == 1
    assert np.isnan(rows["infrared/cars"]["mask_ap"])


def test_labels_are_looked_at_before_anything_is_scored(labelled, tmp_path, write_image, monkeypatch, capsys):
    write_image(labelled / "sar" / "ships" / "masks" / "two.png", np.zeros((1, 40, 49), dtype=np.uint8))
    monkeypatch.setattr("anomaly_lens.training.evaluate.examine_scene", None)
    assert main(["evaluate", "--data", str(labelled), "--out", str(tmp_path / "out")]) == 2
    assert "two.png is 49x40 pixels, its scene 50x40" in capsys.readouterr().err


def test_invalid_pixels_count_nowhere(labelled):
    # Of the objects, the upper half.
    score = spoiled(oracle(labelled), np.s_[:12], np.nan)
    sets, _ = find_sets(labelled, ["ships"])
    meters, _ = evaluate(sets, ["rx"], score=score, percent=0.5)
    row = meters[0].summary()
    assert row["auc_df"] == row["mask_ap"] == 1
    assert meters[0].scenes[0]["anomaly_pixels"] == 10


def test_instances_are_cut_as_detect_cuts_them(labelled, monkeypatch):
    def smeared(scene, *_):
        scores = np.zeros((40, 50), dtype=np.float32)
        scores[9:15, 19:26] = 0.3
        scores[10:14, 20:25] = 1
        return scores

    def found_whole(percent):
        meters, _ = evaluate(find_sets(labelled, ["ships"])[0], ["rx"], score=smeared, percent=percent)
        return meters[0].summary()["mask_ap50"]

    # One percent are the objects, two take what is smeared around them in.
    assert (found_whole(1.0), found_whole(2.0)) == (1, 0)
    monkeypatch.setattr(GlobalRX, "usual_peak_share", lambda _detector: 0.5)
    assert found_whole(2.0) == 1


def test_an_object_without_a_valid_pixel_is_not_missed(labelled):
    score = spoiled(oracle(labelled), np.s_[15:30, 25:40], np.nan)
    sets, _ = find_sets(labelled, ["cars"])
    (left, top, right, bottom), *_ = sets[0].scenes[0].boxes
    assert (left, top, right, bottom) == (30, 20, 34, 24)
    meters, _ = evaluate(sets, ["rx"], score=score, percent=2.0)
    assert meters[0].summary()["objects"] == sum(len(scene.boxes) for scene in sets[0].scenes) - 1


def test_what_a_mask_does_not_know_counts_nowhere(labelled, write_image):
    """Bright pixels there are no false alarms."""
    score = spoiled(oracle(labelled), np.s_[30:], 2)
    for name in ("one", "two"):
        mask = np.zeros((1, 40, 50), dtype=np.uint8)
        mask[0, 10:14, 20:25] = 1
        mask[0, 30:] = 255
        write_image(labelled / "sar" / "ships" / "masks" / f"{name}.png", mask, 255)
    sets, _ = find_sets(labelled, ["ships"])
    meters, _ = evaluate(sets, ["rx"], score=score, percent=1.0)
    row = meters[0].summary()
    assert row["auc_df"] == row["auc_dt"] == row["mask_ap"] == 1


def test_a_scene_without_data_costs_no_results(labelled, tmp_path, write_image, capsys):
    write_image(labelled / "sar" / "ships" / "images" / "one.png", np.zeros((1, 40, 50), dtype=np.uint8), 0)
    words = ["evaluate", "--data", str(labelled), "--sets", "ships", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "skipped sar/ships/one: rx:" in said and "no valid pixel" in said
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert [scene["scene"] for scene in report["scenes"]] == ["two"]
    write_image(labelled / "sar" / "ships" / "images" / "two.png", np.full((1, 40, 50), 7, dtype=np.uint8))
    assert main(words) == 2
    assert "nothing to measure on" in capsys.readouterr().err


def test_scenes_are_averaged_and_pixels_pooled(labelled, monkeypatch):
    first = np.zeros((40, 50), dtype=np.float32)
    first[10:14, 20:25] = 1  # all right
    second = np.ones((40, 50), dtype=np.float32)
    second[10:14, 20:25] = 0  # all wrong
    scores = {"one": first, "two": second}
    sets, _ = find_sets(labelled, ["ships"])
    meters, _ = evaluate(sets, ["rx"], score=lambda scene, *_: scores[scene.name])
    row = meters[0].summary()
    assert row["auc_df"] == 0.5
    # On the heat map's scale: anomalies 1 (first) and 0 (second), background 0 (first) and about .5 (second). The ones
    # beat everything, the zeros tie with half of the background.
    assert row["auc_df_pooled"] == 0.5 + 0.5 * 0.5 * 0.5
    # Scores with a meaning of their own stay what they are: all of the second's background is one, too.
    monkeypatch.setattr(GlobalRX, "calibrated", True)
    meters, _ = evaluate(sets, ["rx"], score=lambda scene, *_: scores[scene.name])
    assert meters[0].summary()["auc_df_pooled"] == 0.5


def test_measures_are_of_raw_scores_and_speed_is_of_all_scenes(labelled):
    scene, other = find_sets(labelled, ["ships"])[0][0].scenes
    uneven, plain = np.zeros((2, 40, 50), dtype=np.float32)
    uneven[10:14, 20:25] = plain[10:14, 20:25] = 4
    uneven[0, :10] = 2
    meter = SetMeter(find_sets(labelled, ["ships"])[0][0], "rx")
    meter.add(scene, uneven, GlobalRX(get_profile("sar")), 3.0)
    meter.add(other, plain, GlobalRX(get_profile("sar")), 5.0)
    row = meter.summary()
    false_alarms = 10 * 0.5 / 1980  # scaled to 1 by the scene's largest: half of it, of ten pixels
    assert row["auc_dt"] == 1
    assert row["auc_ft"] == pytest.approx(false_alarms / 2)
    assert row["auc_snpr"] == pytest.approx(1 / false_alarms), "the second has none: infinite, and left out"
    assert row["seconds_per_megapixel"] == pytest.approx(8 / 0.004)


def test_objects_of_all_scenes_are_ranked_together(labelled, monkeypatch):
    monkeypatch.setattr(GlobalRX, "calibrated", True)
    cars = find_sets(labelled, ["cars"])[0][0]
    corner, beside = [0, 0, 4, 4], [8, 0, 12, 4]
    first, second = np.zeros((2, 40, 50), dtype=np.float32)
    first[:4, :4], first[:4, 8:12], first[20:24, 20:24] = 0.9, 0.1, 0.5
    second[:4, :4], second[20:24, 20:24], second[30:34, 40:44] = 0.1, 0.05, 0.05
    meter = SetMeter(cars, "rx", percent=2.4)  # these squares
    for raw, boxes in ((first, [corner, beside]), (second, [corner])):
        meter.add(replace(cars.scenes[0], boxes=np.array(boxes)), raw, GlobalRX(get_profile("infrared")), 1.0)
    row = meter.summary()
    # Windows of 4 x 4 beside the boxes: 118 and 119, one of which is brighter than two of the boxes.
    assert row["object_auc_pooled"] == pytest.approx((237 + 236 + 236) / (3 * 237))
    assert row["object_auc"] == pytest.approx((235 / 236 + 1) / 2)
    # Ranked .9, .5, .1, .1, then false ones: precision 1 up to a third of the recalls, then three of four.
    assert row["objects"] == 3
    assert row["box_ap50"] == pytest.approx((34 + 67 * 0.75) / 101)


def test_dozens_of_objects_of_a_scene_are_found(labelled, write_image):
    mask = np.zeros((1, 40, 50), dtype=np.uint8)
    mask[0, 2:38, 2:50] = np.kron(np.ones((6, 8)), np.pad(np.full((3, 3), 255), ((0, 3), (0, 3))))
    for name in ("one", "two"):
        write_image(labelled / "sar" / "ships" / "masks" / f"{name}.png", mask)
    meters, _ = evaluate(find_sets(labelled, ["ships"])[0], ["rx"], score=oracle(labelled), percent=21.6)
    row = meters[0].summary()
    assert (row["objects"], row["mask_ap"]) == (2 * 6 * 8, 1)


def test_what_is_set_up_once_is_not_timed(labelled):
    looks = []

    def score(scene, *_):
        looks.append(scene.name)
        return np.zeros((40, 50), dtype=np.float32)

    evaluate(find_sets(labelled, ["ships"])[0], ["rx"], score=score)
    assert looks == ["one", "one", "two"]


def test_the_engine_finds_what_was_put_there(labelled):
    sets, _ = find_sets(labelled)
    meters, _ = evaluate(sets, ["rx"], device="cpu")
    rows = rows_by_set(meters)
    assert rows["sar/ships"]["auc_df"] == 1
    assert rows["hyperspectral/cubes"]["auc_df"] == 1
    assert rows["infrared/cars"]["object_auc"] == 1
    assert all(row["seconds_per_megapixel"] > 0 for row in rows.values())


def test_a_car_that_leaves_the_scene_is_found_whole(labelled, write_rows):
    """The boxes' parts beyond the edge are not missed, and a box that lies beyond it is no object."""
    sides = ("xmin", "ymin", "xmax", "ymax")
    write_rows(
        labelled / "infrared" / "cars" / "boxes.csv",
        [{"id": "day", **dict(zip(sides, box, strict=True))} for box in ([46, 36, 70, 60], [60, 3, 70, 9])],
    )
    sets, _ = find_sets(labelled, ["cars"])
    meters, _ = evaluate(sets, ["rx"], score=oracle(labelled), percent=0.5)
    row = meters[0].summary()
    assert (row["objects"], row["box_ap"]) == (1, 1)


def test_instances_become_exactly_their_pixels():
    ring = Polygon(box(2, 3, 6, 7).exterior.coords, [box(3, 4, 5, 6).exterior.coords])
    instance = Instance(MultiPolygon([ring, box(6, 7, 7, 8)]), 1.0, 1.0, 13)
    expected = np.zeros((10, 9), dtype=bool)
    expected[3:7, 2:6] = True
    expected[4:6, 3:5] = False
    expected[7, 6] = True
    assert instance_pixels(instance, 9).tolist() == np.flatnonzero(expected).tolist()


def test_instances_of_the_detectors_own_are_ranked_by_their_own_score(labelled):
    sets, _ = find_sets(labelled, ["ships"])
    scores = np.zeros((40, 50), dtype=np.float32)
    scores[10:14, 20:25], scores[30:34, 20:25] = 0.5, 1
    window = (0, 40, 0, 50)
    right = Piece.cut(scores == 0.5, 0.3, window)
    wrong = Piece.cut(scores == 1, 0.2, window)
    meter = SetMeter(sets[0], "rx")
    meter.add(sets[0].scenes[0], scores, GlobalRX(get_profile("sar")), 1.0, [wrong, right])
    assert meter.summary()["mask_ap"] == 1


def test_sets_that_a_detector_is_not_made_for_are_left_out_and_others_scored_as_what_they_show(labelled, monkeypatch):
    sets, _ = find_sets(labelled, ["ships", "cubes"])
    meters, skipped = evaluate(sets, ["crd"], score=oracle(labelled))
    assert [(meter.labelled.name, left_out.name) for meter, left_out in zip(meters, skipped, strict=True)] == [
        ("hyperspectral/cubes", "sar/ships")
    ]
    monkeypatch.setattr("anomaly_lens.training.evaluate.suggest", lambda _scene: ("infrared", "one band"))
    meters, _ = evaluate([replace(sets[0], modality=None)], ["rx"], score=oracle(labelled))
    assert meters[0].summary()["modality"] == "infrared"


def test_detectors_stand_side_by_side(labelled):
    sets, _ = find_sets(labelled, ["ships"])
    meters, _ = evaluate(sets, ["rx", "local_rx"], device="cpu")
    (_, headings, cells), _ = tables([meter.summary() for meter in meters])
    assert [row[:3] for row in cells] == [["sar/ships", "rx", "2"], ["sar/ships", "local_rx", "2"]]
    assert headings[3] == "AUC(D,F)"
    assert cells[0][3] == "1.0000"


def test_the_command_prints_and_saves(labelled, tmp_path, capsys):
    out = tmp_path / "out"
    status = main(
        ["evaluate", "--data", str(labelled), "--sets", "ships,cars,kinds", "--device", "cpu", "--out", str(out)]
    )
    printed = capsys.readouterr().out
    assert status == 0
    assert "sar/ships" in printed
    assert "infrared/cars (boxes)" in printed
    assert "skipped classes/kinds: its manifest has neither masks nor boxes" in printed
    report = json.loads((out / "report.json").read_text())
    assert report["machine"]["packages"]["torch"]
    assert report["command"] == {
        "detectors": ["rx"],
        "model": None,
        "device": "cpu",
        "instances_percent": None,
        "data": str(labelled),
        "sets": "ships,cars,kinds",
    }
    assert [row["set"] for row in report["sets"]] == ["infrared/cars", "sar/ships"]
    assert report["sets"][0]["mask_ap"] is None
    with (out / "sets.csv").open(newline="") as file:
        assert [row["object_auc"] for row in csv.DictReader(file)] == ["1.0", ""]
    with (out / "scenes.csv").open(newline="") as file:
        assert [row["scene"] for row in csv.DictReader(file)] == ["day", "one", "two"]
    assert "| sar/ships | rx |" in (out / "report.md").read_text()


def test_a_console_without_greek_letters_costs_no_results(labelled, tmp_path):
    """As Windows has it where output goes into a file."""
    out = tmp_path / "out"
    words = ["evaluate", "--data", str(labelled), "--sets", "ships", "--device", "cpu", "--out", str(out)]
    # As `python -m anomaly_lens.training` does; the tests' package has no place in the path.
    start = f"import sys; sys.path[:] = {sys.path!r}; from anomaly_lens.training.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", start, *words],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "AUC(D,?)" in done.stdout.decode("cp1252")
    assert "AUC(D,τ)" in (out / "report.md").read_text(encoding="utf-8")


def test_results_are_saved_before_they_are_printed(labelled, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError

    monkeypatch.setattr("builtins.print", fail)
    with pytest.raises(OSError):
        main(["evaluate", "--data", str(labelled), "--sets", "ships", "--device", "cpu", "--out", str(tmp_path)])
    assert (tmp_path / "report.json").is_file()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--detector", "psychic"], "psychic"),
        (["--sets", "boats"], "no set called “boats”"),
        (["--sets", "kinds"], "nothing to measure on"),
        (["--instances-percent", "0"], "cannot be 0"),
        (["--device", "abacus"], "abacus"),
        (["--model", "forest"], "Only asd scores by a model"),
    ],
)
def test_mistakes_end_in_a_sentence(labelled, tmp_path, capsys, options, says):
    status = main(["evaluate", "--data", str(labelled), "--out", str(tmp_path / "out"), *options])
    errors = capsys.readouterr().err
    assert status == 2
    assert says in errors
    assert errors.startswith("error: ")
    assert "Traceback" not in errors


def test_a_folder_that_cannot_be_made_is_named(labelled, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["evaluate", "--data", str(labelled), "--out", str(tmp_path / "file" / "out")]) == 2
    assert str(tmp_path / "file" / "out") in capsys.readouterr().err


def test_an_interrupt_is_no_traceback(labelled, tmp_path, capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("anomaly_lens.training.evaluate.evaluate", interrupt)
    assert main(["evaluate", "--data", str(labelled), "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_an_unknown_detector_is_an_engine_error(labelled):
    with pytest.raises(EngineError) as caught:
        evaluate(find_sets(labelled)[0], ["psychic"])
    assert caught.value.code == "unknown_detector"


def test_published_values_are_reproduced(validation):
    """AUC(D,F) of global RX as public code gives it, and the means measured on these scenes beforehand."""
    sets, _ = find_sets(validation, ["abu_plus", "hrsid_256", "sirst"])
    rows, scenes = {}, {}
    for meter in evaluate(sets, ["rx"], device="cpu")[0]:
        rows[meter.labelled.name] = meter.summary()["auc_df"]
        scenes |= {scene["scene"]: scene["auc_df"] for scene in meter.scenes}
    published = {"abu-airport-1": 0.8221, "abu-urban-5": 0.9692, "hydice-urban": 0.9857, "sandiego-b": 0.9403}
    assert {name: scenes[name] for name in published} == pytest.approx(published, abs=5e-4)
    means = {"hyperspectral/abu_plus": 0.936, "sar/hrsid_256": 0.935, "infrared/sirst": 0.707}
    assert {name: rows[name] for name in means} == pytest.approx(means, abs=1e-3)
