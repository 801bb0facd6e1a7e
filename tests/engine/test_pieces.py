"""Instances found tile by tile, joined over the scene."""

from __future__ import annotations

import numpy as np
from anomaly_lens.engine.instances import MAX_INSTANCES
from anomaly_lens.engine.outlines import OUTLINES, drawn_as
from anomaly_lens.engine.pieces import Piece, PieceCollector, join
from numpy.typing import NDArray


def seen_by(mask: NDArray[np.bool_], seen: tuple[int, int, int, int], score: float = 0.8) -> Piece:
    piece = Piece.cut(mask[seen[0] : seen[1], seen[2] : seen[3]], score, seen)
    assert piece is not None
    return piece


def scene(*boxes: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    mask = np.zeros((100, 200), dtype=bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def test_an_instance_cut_by_a_border_comes_out_as_one() -> None:
    long = scene((40, 45, 20, 180))
    pieces = [seen_by(long, (0, 100, 0, 80)), seen_by(long, (0, 100, 70, 140)), seen_by(long, (0, 100, 130, 200), 0.9)]
    (joined,) = join(pieces)
    assert np.array_equal(joined.within((0, 100, 0, 200)), long)
    assert joined.score == 0.9


def test_an_instance_seen_twice_comes_out_once() -> None:
    small = scene((40, 45, 72, 78))
    assert len(join([seen_by(small, (0, 100, 0, 80)), seen_by(small, (0, 100, 70, 140))])) == 1


def test_neighbours_stay_apart() -> None:
    first, second = scene((40, 45, 60, 75)), scene((40, 45, 75, 90))
    pieces = [seen_by(first, (0, 100, 0, 80)), seen_by(first, (0, 100, 70, 140)), seen_by(second, (0, 100, 70, 140))]
    assert len(join(pieces)) == 2


def test_what_ends_where_the_next_tile_begins_to_see_is_not_what_begins_there() -> None:
    first, second = scene((40, 45, 60, 70)), scene((40, 45, 70, 90))
    assert len(join([seen_by(first, (0, 100, 0, 80)), seen_by(second, (0, 100, 70, 140))])) == 2


def test_a_tile_that_sees_but_a_part_of_an_instance_sees_the_same() -> None:
    whole, part = scene((40, 50, 70, 80)), scene((40, 44, 70, 80))
    assert len(join([seen_by(whole, (0, 100, 0, 80)), seen_by(part, (0, 100, 70, 140))])) == 1


def test_one_tile_tells_its_own_instances_apart() -> None:
    first, second = scene((40, 50, 20, 40)), scene((42, 48, 22, 38))
    assert len(join([seen_by(m, (0, 100, 0, 80)) for m in (first, second)])) == 2


def test_nothing_joined_is_nothing() -> None:
    assert join([]) == []
    assert Piece.cut(np.zeros((4, 4), dtype=bool), 0.5, (0, 4, 0, 4)) is None


def collected(pieces: list[Piece], scores: NDArray[np.float32], **limits: float) -> PieceCollector:
    collector = PieceCollector(pieces, **limits)  # type: ignore[arg-type]
    for row in range(0, len(scores), 7):
        collector.add_strip(row, scores[row : row + 7])
    return collector


def test_scores_come_from_the_heat_map_whatever_the_strips() -> None:
    scores = np.random.default_rng(0).random((100, 200)).astype(np.float32)
    scores[41, 30] = np.nan
    mask = scene((38, 52, 20, 60))
    mask[45, 25] = False
    (found,) = collected([seen_by(mask, (0, 100, 0, 200), 0.6)], scores, threshold=0.0).finish()
    inside = scores[mask & ~np.isnan(scores)]
    assert found.score_max == inside.max()
    assert np.isclose(found.score_mean, inside.mean(dtype=np.float64))
    assert found.pixels == len(inside)
    assert found.instance_score == 0.6
    assert found.polygon.area == mask.sum()
    assert found.polygon.bounds == (20, 38, 60, 52)


def test_faint_and_small_ones_are_dropped_and_the_surest_come_first() -> None:
    scores = np.zeros((100, 200), np.float32)
    boxes = [(10, 20, 10, 20), (30, 40, 30, 40), (50, 51, 50, 51), (70, 80, 70, 80)]
    for box, value in zip(boxes, (0.9, 0.2, 0.9, 0.7), strict=True):
        scores[box[0] : box[1], box[2] : box[3]] = value
    pieces = [seen_by(scene(b), (0, 100, 0, 200), s) for b, s in zip(boxes, (0.5, 0.9, 0.9, 0.8), strict=True)]
    collector = collected(pieces, scores, threshold=0.5, min_pixels=2)
    assert [round(i.score_max, 1) for i in collector.finish()] == [0.7, 0.9]
    equally_sure = [seen_by(scene(b), (0, 100, 0, 200), 0.5) for b in boxes if b != boxes[2]]
    assert [round(i.score_max, 1) for i in collected(equally_sure, scores, threshold=0.1).finish()] == [0.9, 0.7, 0.2]
    few = collected(pieces, scores, threshold=0.5, min_pixels=2, max_instances=1)
    assert [i.instance_score for i in few.finish()] == [0.8]
    assert few.omitted == 1


def test_outlines_follow_pixels_or_are_smooth_or_boxes() -> None:
    ring = scene((10, 30, 10, 40))
    ring[15:20, 15:20] = False
    ring[60, 70] = True  # two parts of one instance, and a hole
    (found,) = collected([seen_by(ring, (0, 100, 0, 200))], np.ones((100, 200), np.float32), threshold=0.5).finish()
    pixels, smooth, box = (drawn_as([found.polygon], outline)[0] for outline in OUTLINES)
    assert pixels.equals(found.polygon)
    assert smooth.is_valid
    assert np.isclose(smooth.area, pixels.area, rtol=0.01)
    assert not smooth.equals(pixels)
    assert len(smooth.geoms) == 2
    assert sum(len(part.interiors) for part in smooth.geoms) == 1
    assert box.bounds == pixels.bounds
    assert box.area == (61 - 10) * (71 - 10)
    assert drawn_as([], "smooth") == []


def test_more_instances_than_are_kept_cost_no_more_than_their_own_pixels() -> None:
    """Each of twelve hundred is seen by two tiles; the surest thousand are kept, and how many are not is told."""
    pieces = []
    for number in range(1_200):
        row, column = 4 * (number // 120), 4 * (number % 120)
        for seen in ((0, 40, 0, 480), (0, 42, 0, 480)):
            pieces.append(Piece(row, column, np.ones((2, 2), dtype=bool), 0.1 + number / 2_000, seen))
    joined = join(pieces)
    assert len(joined) == 1_200
    assert sum(piece.mask.size for piece in joined) == 4 * 1_200
    collector = collected(joined, np.full((40, 480), 0.7, np.float32), threshold=0.5, max_instances=1_000)
    found = collector.finish()
    assert len(found) == 1_000 and collector.omitted == 200
    assert min(instance.instance_score or 0 for instance in found) > 0.19
    assert PieceCollector([], 0.5).max_instances == MAX_INSTANCES
