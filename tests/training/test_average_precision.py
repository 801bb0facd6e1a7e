"""Average precision by hand, and against faster-coco-eval on random scenes."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from anomaly_lens.training.average_precision import (
    THRESHOLDS,
    average_precision,
    box_ious,
    mask_ious,
    match,
)

SIDE = 48


def test_box_ious_by_hand():
    ious = box_ious([[0, 0, 2, 2], [5, 5, 6, 6]], [[1, 0, 3, 2], [0, 0, 2, 2]])
    assert ious.tolist() == [[pytest.approx(1 / 3), 1], [0, 0]]
    assert box_ious([], [[0, 0, 1, 1]]).shape == (0, 1)


def test_mask_ious_by_hand():
    ious = mask_ious([np.array([0, 1, 2, 3])], [np.array([2, 3, 9]), np.array([7])])
    assert ious.tolist() == [[2 / 5, 0]]
    assert mask_ious([], [np.array([1])]).shape == (0, 1)
    assert mask_ious([np.array([1])], []).shape == (1, 0)


def test_perfect_detections_score_one():
    result = average_precision([match([0.3, 0.9], np.eye(2))])
    assert (result.ap, result.ap25, result.ap50) == (pytest.approx(1), pytest.approx(1), pytest.approx(1))


def test_average_precision_by_hand():
    # Ranked: hit, false alarm, hit; three objects. Precision 1 up to recall 1/3, 2/3 up to recall 2/3, then 0.
    # Recalls 0..1/3: 34 of the 101; 2/3 reaches 33 more.
    result = average_precision([match([3, 2, 1], np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0]]))])
    assert result.ap50 == pytest.approx((34 + 33 * 2 / 3) / 101)
    assert result.ap == pytest.approx(result.ap50)


def test_overlaps_decide_which_average_counts():
    result = average_precision([match([1], np.array([[0.6]]))])
    assert result.ap25 == result.ap50 == pytest.approx(1)
    assert result.ap == pytest.approx(0.3)  # .50, .55 and .60 of the ten
    result = average_precision([match([1], np.array([[0.3]]))])
    assert (result.ap25, result.ap50, result.ap) == (pytest.approx(1), 0, 0)


def test_an_object_is_found_once():
    matches = match([2, 1], np.array([[0.6], [0.9]]))
    assert matches.hits[1].tolist() == [True, False]


def test_only_a_hundred_detections_count():
    matches = match(np.arange(150), np.zeros((150, 1)))
    assert matches.scores.size == 100
    assert matches.scores[0] == 149


def test_nothing_to_find_is_undefined_and_nothing_found_is_zero():
    assert np.isnan(average_precision([match([1.0], np.zeros((1, 0)))]).ap)
    assert np.isnan(average_precision([]).ap)
    assert average_precision([match([], np.zeros((0, 2)))]).ap50 == 0


def test_false_alarms_of_empty_scenes_count():
    good = match([0.5], np.array([[1.0]]))
    alarm = match([0.9], np.zeros((1, 0)))
    assert average_precision([good, alarm]).ap50 == pytest.approx(0.5)


def random_scene(rng):
    """Rectangles as objects, some detections jittered from them, some anywhere; scores often tie."""
    objects = [random_box(rng) for _ in range(rng.integers(0, 7))]
    detections = [
        np.clip(box + rng.integers(-3, 4, 4), 0, SIDE) if rng.random() < 0.8 else random_box(rng)
        for box in objects + objects[:2]
    ] + [random_box(rng) for _ in range(rng.integers(0, 130 if rng.random() < 0.2 else 4))]
    detections = [box for box in detections if box[2] > box[0] and box[3] > box[1]]
    return (
        np.array(objects).reshape(-1, 4),
        np.array(detections).reshape(-1, 4),
        rng.integers(0, 20, len(detections)) / 20,
    )


def random_box(rng):
    left, top = rng.integers(0, SIDE - 14, 2)
    return np.array([left, top, left + rng.integers(1, 14), top + rng.integers(1, 14)])


def ellipse(box):
    """The pixels of a box's ellipse, so that masks are not rectangles."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    x = (columns - (box[0] + box[2]) / 2) / (box[2] - box[0])
    y = (rows - (box[1] + box[3]) / 2) / (box[3] - box[1])
    return x * x + y * y <= 0.26


def reference(scenes, kind):
    """AP, AP25 and AP50 by faster-coco-eval, whose thresholds are set to ours."""
    from faster_coco_eval import COCO, COCOeval_faster
    from faster_coco_eval.core import mask as coding

    def annotation(number, image, box, score=None):
        pixels = ellipse(box)
        entry = {
            "id": number,
            "image_id": image,
            "category_id": 1,
            "iscrowd": 0,
            "bbox": [int(box[0]), int(box[1]), int(box[2] - box[0]), int(box[3] - box[1])],
            "area": int(pixels.sum()),
            "segmentation": coding.encode(np.asfortranarray(pixels.astype(np.uint8))),
        }
        return entry if score is None else {**entry, "score": float(score)}

    truth, found = [], []
    for image, (objects, detections, scores) in enumerate(scenes, 1):
        truth += [(image, box) for box in objects]
        found += [(image, box, score) for box, score in zip(detections, scores)]
    ground_truth = {
        "images": [{"id": i, "width": SIDE, "height": SIDE} for i in range(1, len(scenes) + 1)],
        "categories": [{"id": 1, "name": "anomaly"}],
        "annotations": [annotation(n, *item) for n, item in enumerate(truth, 1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(ground_truth)
        results = coco.loadRes([annotation(n, *item) for n, item in enumerate(found, 1)])
        evaluation = COCOeval_faster(coco, results, iouType=kind, print_function=lambda *_: None)
        evaluation.params.iouThrs = THRESHOLDS
        evaluation.evaluate()
        evaluation.accumulate()
    precision = np.asarray(evaluation.eval["precision"])[:, :, 0, 0, -1]
    levels = precision.mean(axis=1)
    return levels[1:].mean(), levels[0], levels[1]


@pytest.mark.parametrize("kind", ["bbox", "segm"])
@pytest.mark.parametrize("seed", range(6))
def test_equals_faster_coco_eval_on_random_scenes(kind, seed):
    pytest.importorskip("faster_coco_eval", reason="faster-coco-eval is not installed")
    rng = np.random.default_rng(seed)
    scenes = [random_scene(rng) for _ in range(12)]
    matches = []
    for objects, detections, scores in scenes:
        if kind == "bbox":
            ious = box_ious(detections, objects)
        else:
            ious = mask_ious(*([np.flatnonzero(ellipse(box)) for box in boxes] for boxes in (detections, objects)))
        matches.append(match(scores, ious))
    ours = average_precision(matches)
    assert (ours.ap, ours.ap25, ours.ap50) == pytest.approx(reference(scenes, kind), abs=1e-6)
