"""Runs that were killed go on where they were."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from anomaly_lens.engine import detect, open_scene, region, work
from anomaly_lens.engine.detectors import create_detector
from anomaly_lens.engine.detectors.base import Detector
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.profiles import PROFILES

STRIP_BYTES = 64 * 3 * 8 * 40  # 15 strips of 40 rows

# Kills itself, as the system would, while the heat map's scores are half done or while polygons are written.
CHILD = """
import os, signal, sys
from anomaly_lens.engine import detect, region
region.STRIP_BYTES = int(sys.argv[3])
def die(progress):
    if progress.stage == sys.argv[4] and progress.fraction > float(sys.argv[5]):
        os.kill(os.getpid(), signal.SIGKILL)
detect(sys.argv[1], sys.argv[2], detector=sys.argv[6], modality="visible", progress=die)
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder for a scene, and for what each kind of killed run leaves of it: to kill one takes seconds."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def scene(kept, noise, monkeypatch):
    monkeypatch.setattr(region, "STRIP_BYTES", STRIP_BYTES)
    path = kept / "scene.tif"
    if not path.exists():
        values = noise(3, 600, 64)
        values[0, 290:300, 20:30] += 90
        place = {"transform": Affine(10, 0, 500_000, 0, -10, 5_600_000), "crs": "EPSG:32633"}
        with rasterio.open(path, "w", width=64, height=600, count=3, dtype="float32", **place) as dataset:
            dataset.write(values)
    os.utime(path, (10**9, 10**9))  # whatever the test before has made of it
    return str(path)


def killed(scene, out, stage="score", beyond=0.6, detector="rx"):
    """Leave what a killed run leaves; its hidden folder."""
    first = Path(scene).with_name(f"{stage}_{detector}")
    if not first.exists():
        child = subprocess.run(
            [sys.executable, "-c", CHILD, scene, str(first), str(STRIP_BYTES), stage, str(beyond), detector],
            check=False,
        )
        assert child.returncode == -signal.SIGKILL
    shutil.copytree(first, out)
    (left,) = out.iterdir()
    return left


def run(scene, out, **options):
    """A run's result, and what it said on the way."""
    told = []
    options = {"detector": "rx", "modality": "visible", **options}
    result = detect(scene, out, progress=told.append, **options)
    return result, told


def assert_same(one, other):
    with rasterio.open(one.heatmap) as a, rasterio.open(other.heatmap) as b:
        np.testing.assert_array_equal(a.read(), b.read())
        assert a.tags(1) == b.tags(1)
    columns = [pyogrio.raw.read(result.instances) for result in (one, other)]
    assert columns[0][2].tolist() == columns[1][2].tolist()  # the polygons, byte for byte
    for a, b, name in zip(columns[0][3], columns[1][3], columns[0][0]["fields"]):
        assert name == "run_id" or a.tolist() == b.tolist()


@pytest.mark.parametrize(
    ("stage", "beyond", "detector"), [("score", 0.6, "rx"), ("score", 0.5, "local_rx"), ("write", 0.9, "rx")]
)
def test_a_killed_run_goes_on_and_ends_the_same(scene, tmp_path, stage, beyond, detector, monkeypatch):
    left = killed(scene, tmp_path / "out", stage, beyond, detector)
    if stage == "score":
        with (left / "raw").open("ab") as file:  # it may die in the middle of a row, and of a number
            file.write(b"x" * (64 * 4 - 1))
    rows = work.RawScores(left, 64).rows
    assert rows >= 80
    scored = []
    look = Detector.look
    monkeypatch.setattr(Detector, "look", lambda self, strip: scored.append(strip.row) or look(self, strip))
    result, told = run(scene, tmp_path / "out", detector=detector)
    assert all(row >= rows - rows % 40 for row in scored)  # a strip that was not finished is scored again
    assert told[0].message.startswith("Continuing an interrupted run from ")
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[0] > 0.1
    assert left.name.endswith(result.run_id)
    assert_same(result, run(scene, tmp_path / "whole", detector=detector)[0])
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(
        p.name for p in (tmp_path / "whole").iterdir()
    )


def test_the_threshold_may_be_another(scene, tmp_path):
    killed(scene, tmp_path / "out")
    result, told = run(scene, tmp_path / "out", threshold_percent=3)
    assert told[0].message.startswith("Continuing")
    assert_same(result, run(scene, tmp_path / "whole", threshold_percent=3)[0])


@pytest.mark.parametrize("change", ["scene", "area", "bands", "modality", "detector"])
def test_what_would_score_otherwise_begins_anew(scene, tmp_path, change):
    left = killed(scene, tmp_path / "out")
    options = {
        "scene": {},
        "area": {"area": {"bbox": [500_000, 5_590_000, 500_600, 5_600_000]}},
        "bands": {"bands": [1, 2]},
        "modality": {"modality": "infrared"},
        "detector": {"detector": "local_rx"},
    }
    if change == "scene":
        later = time.time_ns() + 10**9
        os.utime(scene, ns=(later, later))
    _, told = run(scene, tmp_path / "out", **options[change])
    assert told[0].message == "Learning what is normal"
    assert left.exists()  # for whoever wants to go on with it


def test_the_folder_of_a_run_that_lives_is_left_alone(scene, tmp_path):
    left = killed(scene, tmp_path / "out")
    with (left / "key").open() as file:
        assert work._lock(file.fileno())
        _, told = run(scene, tmp_path / "out")
    assert told[0].message == "Learning what is normal"
    assert left.exists()


def test_what_is_old_is_removed(scene, tmp_path):
    left = killed(scene, tmp_path / "out")
    past = time.time() - (work.KEPT_DAYS + 1) * 86_400
    for path in (*left.iterdir(), left):
        os.utime(path, (past, past))
    with (left / "key").open() as file:  # as long as somebody works there, however slowly
        assert work._lock(file.fileno())
        work.remove_old(tmp_path / "out")
    assert left.exists()
    _, told = run(scene, tmp_path / "out")
    assert told[0].message == "Learning what is normal"
    assert not left.exists()


def test_a_run_of_weeks_that_was_killed_goes_on(scene, tmp_path):
    left = killed(scene, tmp_path / "out")
    past = time.time() - (work.KEPT_DAYS + 1) * 86_400
    os.utime(left / "key", (past, past))
    os.utime(left, (past, past))  # scores were written until now
    _, told = run(scene, tmp_path / "out")
    assert told[0].message.startswith("Continuing")


def leave_free(monkeypatch, free):
    monkeypatch.setattr(work.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))


@pytest.mark.parametrize(("stage", "beyond"), [("score", 0.6), ("write", 0.9)])
def test_what_a_killed_run_wrote_counts_as_room(scene, tmp_path, stage, beyond, monkeypatch):
    left = killed(scene, tmp_path / "out", stage, beyond)
    written = sum(file.stat().st_size for file in left.iterdir())
    assert written > 200 * 64 * 4
    leave_free(monkeypatch, 600 * 64 * 10 + 2**20 - written)
    assert run(scene, tmp_path / "out")[1][0].message.startswith("Continuing")


def test_what_was_scored_is_kept_where_there_is_no_room_to_go_on(scene, tmp_path, monkeypatch):
    left = killed(scene, tmp_path / "out")
    before = {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in left.iterdir()}
    with monkeypatch.context() as patch:
        leave_free(patch, 2**20)
        with pytest.raises(EngineError) as caught:
            run(scene, tmp_path / "out")
    assert caught.value.code == "disk_full"
    (kept,) = (tmp_path / "out").iterdir()
    # Nor is anything in it written again, which on a full disk would be lost.
    assert {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in kept.iterdir()} == before
    result, told = run(scene, tmp_path / "out")
    assert told[0].message.startswith("Continuing")
    assert_same(result, run(scene, tmp_path / "whole")[0])


def virtual(source, path):
    """A virtual raster of the first band of a file, whose name is bytes."""
    path.write_bytes(
        b'<VRTDataset rasterXSize="64" rasterYSize="600"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        b"<SourceFilename>%s</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        % source
    )
    return str(path)


def key_of(path):
    with open_scene(path) as raster:
        return work.run_key(region.Region(raster), create_detector("rx", PROFILES["visible"], "cpu"), None)


def test_the_files_of_a_virtual_raster_in_another_count(scene, tmp_path):
    inner = virtual(os.fsencode(scene), tmp_path / "inner.vrt")
    outer = virtual(os.fsencode(inner), tmp_path / "outer.vrt")
    before = key_of(outer)
    assert key_of(outer) == before
    os.utime(scene, ns=(time.time_ns() + 10**9,) * 2)
    assert key_of(outer) != before
    virtual(os.fsencode(outer), tmp_path / "inner.vrt")  # and ends where they name each other
    assert key_of(outer) != before


def test_a_virtual_raster_that_is_no_file_is_searched(scene, tmp_path):
    text = Path(virtual(os.fsencode(scene), tmp_path / "plain.vrt")).read_text(encoding="utf-8")
    assert ":" not in text
    assert key_of(text) == key_of(text)


@pytest.mark.skipif(sys.platform != "linux", reason="names are letters there")
def test_a_virtual_raster_of_a_file_whose_name_is_not_in_utf_8_is_searched(scene, tmp_path):
    source = os.fsencode(tmp_path) + b"/gr\xfcn.tif"
    shutil.copy(scene, source)
    assert detect(virtual(source, tmp_path / "old.vrt"), tmp_path / "out", device="cpu").count >= 0


def test_a_run_goes_on_only_with_scores_of_the_same_pixels_by_the_same_means(scene, monkeypatch):
    def key(profile="visible", model=None, area=None, **opened):
        with open_scene(scene, **opened) as raster:
            part = region.Region(raster, None if area is None else shapely.Polygon(area))
            return work.run_key(part, create_detector("rx", PROFILES[profile], "cpu"), model)

    assert key() == key()
    keys = [
        key(),
        key(profile="sar"),
        key(model="models/mine"),
        key(area=[(0, 0), (64, 0), (64, 600)]),
        key(area=[(0, 0), (64, 0), (0, 600)]),  # of the same window
        key(area=[(0, 0), (64, 0), (64, 599), (0, 599)]),
        key(bands=[1, 2]),
        key(bands=[2, 1]),
        key(nodata=5),
    ]
    monkeypatch.setattr(Detector, "weights_sha256", "other weights")
    keys.append(key())
    monkeypatch.setattr(work, "versions", lambda: {"anomaly_lens": "another"})
    keys.append(key())
    assert len(set(keys)) == len(keys)
