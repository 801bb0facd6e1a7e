"""Strips of a scene and scenes of an archive on Dask workers."""

from __future__ import annotations

import errno
import json
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
import torch
from anomaly_lens.engine import detect, open_scene, region, work
from anomaly_lens.engine.cli import main
from anomaly_lens.engine.detectors.rx import GlobalRX
from anomaly_lens.engine.errors import Cancelled, EngineError
from anomaly_lens.engine.heatmap import PROVENANCE_KEY
from anomaly_lens.engine.models.asd import ASD, ASDConfig
from anomaly_lens.engine.models.density import GaussianDensity
from anomaly_lens.engine.models.taught import Scaling, TaughtModel, save_model
from anomaly_lens.engine.profiles import PROFILES
from anomaly_lens.engine.scaleout import archive, cluster, remote
from anomaly_lens.engine.scaleout.strips import ScatteredRegion
from rasterio.windows import Window

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def workers():
    """Two workers on this machine, with one thread each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
        with cluster.connect("local:2", "cpu") as client:
            yield client


@pytest.fixture
def make_scene(make_raster, noise):
    """Noise with a patch of something else, and a corner without data."""

    def make(rows, columns, name="scene.tif", seed=0):
        values = np.clip(noise(3, rows, columns, seed) + 100, 1, 255)
        values[:, 30:35, 20:26] += np.float32([[[40]], [[-60]], [[50]]])
        values[:, :12, :9] = 0
        return make_raster(values, name, nodata=0, tiled=True, blockxsize=16, blockysize=16)

    return make


@pytest.fixture
def scene(make_scene):
    return make_scene(160, 120)


@pytest.fixture
def low_strips(monkeypatch):
    """Strips of few rows, so that a small scene has many."""
    monkeypatch.setattr(region, "STRIP_BYTES", 16 * 120 * 3 * 8)


def contents(result):
    """All that a result holds but its provenance: pixels, outlines, attributes."""
    result = result if isinstance(result, dict) else result.to_dict()
    with rasterio.open(result["heatmap"]) as heatmap:
        scores, tags = heatmap.read(1), heatmap.tags(1)
    meta, _, outlines, fields = pyogrio.raw.read(result["instances"])
    attributes = {n: f.tolist() for n, f in zip(meta["fields"], fields) if n != "run_id"}
    assert len(outlines)
    return scores.tobytes(), tags, list(outlines), attributes


@pytest.mark.usefixtures("low_strips")
@pytest.mark.parametrize("part", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize(
    ("detector", "rows", "columns"), [("rx", 160, 120), ("local_rx", 160, 120), ("crd", 80, 40), ("uniadrs", 640, 48)]
)
def test_strips_on_workers_give_what_one_process_gives(workers, make_scene, tmp_path, detector, rows, columns, part):
    scene = make_scene(rows, columns)
    corners = [[1, 2], [columns - 3, 20], [columns, rows - 20], [4, rows - 30], [1, 2]]
    place = [[500_000 + 10 * column, 5_600_000 - 10 * row] for column, row in corners]
    area = {"geojson": {"type": "Polygon", "coordinates": [place]}} if part else None
    run = partial(detect, scene, detector=detector, modality="sar", device="cpu", area=area, threshold_percent=1)
    looked_at = []

    class Counted(ScatteredRegion):
        def visit(self, look, step, halo=0, only=None):
            looked_at.append(len(self.spans(halo)))
            return super().visit(look, step, halo, only)

    scattered = run(tmp_path / "many", make_region=partial(Counted, workers))
    assert min(looked_at) > 1, "a pass over one strip is not spread at all"
    assert contents(scattered) == contents(run(tmp_path / "one"))


@pytest.mark.usefixtures("low_strips")
def test_workers_take_off_what_lies_far_from_zero_and_leave_out_nodata(workers, make_raster, noise, tmp_path):
    values = noise(3, 640, 48).astype(np.int32) + 10**9
    values[:, 100:140, 10:30] = -5  # nodata that only the asker knows of
    run = partial(detect, make_raster(values), detector="uniadrs", modality="sar", device="cpu", threshold_percent=1)
    run = partial(run, nodata=-5)
    scattered = run(tmp_path / "many", make_region=partial(ScatteredRegion, workers))
    assert contents(scattered) == contents(run(tmp_path / "one"))


@pytest.mark.usefixtures("low_strips")
def test_a_worker_killed_in_mid_run_loses_nothing(workers, scene, tmp_path):
    killed = []

    def kill(progress):
        if progress.fraction > 0.4 and not killed:
            killed.append(next(iter(workers.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    run = partial(detect, scene, detector="local_rx", modality="visible", device="cpu")
    scattered = run(tmp_path / "many", make_region=partial(ScatteredRegion, workers), progress=kill)
    assert killed
    assert contents(scattered) == contents(run(tmp_path / "one"))
    workers.wait_for_workers(2, timeout=60)


@pytest.mark.usefixtures("low_strips")
def test_progress_rises_to_the_end_and_a_cancel_is_heard(workers, make_scene, tmp_path):
    # Far more strips than are asked for at a time: those that end together on a busy machine are told of together.
    scene = make_scene(640, 120)
    seen = []
    run = partial(detect, scene, device="cpu", make_region=partial(ScatteredRegion, workers))
    run(tmp_path / "out", progress=seen.append)
    fractions = [p.fraction for p in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len({p.fraction for p in seen if p.stage == "score"}) > 3
    cancel = threading.Event()

    def stop(progress):
        if progress.stage == "score":
            cancel.set()

    with pytest.raises(Cancelled):
        run(tmp_path / "none", progress=stop, cancel=cancel)
    assert not list(tmp_path.glob("none/*.*"))


@pytest.mark.usefixtures("low_strips")
def test_an_error_in_a_worker_is_told_as_here(workers, scene, tmp_path):
    whole = Path(scene).read_bytes()
    Path(scene).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineError) as found:
        detect(scene, tmp_path / "out", device="cpu", make_region=partial(ScatteredRegion, workers))
    assert found.value.code in {"scene_truncated", "scene_unreadable"}
    assert scene in found.value.message
    assert found.value.hint


@pytest.mark.usefixtures("low_strips")
def test_what_workers_see_in_the_file_is_told_once(workers, scene, tmp_path):
    with rasterio.open(scene, "r+") as dataset:
        for row in (5, 95):
            dataset.write(np.full((3, 1, 1), -2e38, np.float32), window=Window(7, row, 1, 1))
    result = detect(scene, tmp_path / "out", device="cpu", make_region=partial(ScatteredRegion, workers))
    assert ["beyond ±1e36" in warning for warning in result.warnings] == [True]


def test_errors_travel_between_processes():
    for error in (EngineError("bad_bands", "No.", "Do."), Cancelled()):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert again.to_dict() == error.to_dict()


@pytest.fixture
def scenes(make_scene, tmp_path):
    """Three scenes, two of one name in different folders."""
    (tmp_path / "b").mkdir()
    return [make_scene(60, 80, name, seed) for seed, name in enumerate(("a.tif", "b/a.tif", "c.tif"))]


def test_an_archive_gives_what_single_runs_give_and_a_second_call_does_what_is_missing(workers, scenes, tmp_path):
    out = tmp_path / "out"
    broken = tmp_path / "broken.tif"
    broken.write_text("not a raster")
    run = partial(archive.detect_scenes, [*scenes, str(broken)], out, device="cpu", threshold_percent=1)
    first = run(client=workers)
    assert [o.error is None for o in first] == [True, True, True, False]
    assert first[3].error.code == "scene_unreadable"
    assert not any(o.before for o in first)
    for path, o in zip(scenes, first):
        assert contents(o.result) == contents(detect(path, tmp_path / "one", device="cpu", threshold_percent=1))
    heatmaps = [o.result["heatmap"] for o in first[:3]]
    assert len(set(heatmaps)) == 3
    Path(heatmaps[1]).unlink()
    second = run(client=workers)
    assert [o.before for o in second] == [True, False, True, False]
    assert [o.result["heatmap"] for o in second[:3]] == [heatmaps[0], second[1].result["heatmap"], heatmaps[2]]
    assert contents(second[1].result) == contents(first[1].result | {"heatmap": second[1].result["heatmap"]})
    # Other parameters are another run; without workers it is the same.
    third = archive.detect_scenes(scenes, out, device="cpu", threshold_percent=2)
    assert not any(o.before for o in third)
    assert all(o.before for o in archive.detect_scenes(scenes, out, device="cpu", threshold_percent=2))


def save_area(path, columns):
    """The left columns of a scene, as a file."""
    x, y = 500_000, 5_600_000
    ring = [[x, y], [x + 10 * columns, y], [x + 10 * columns, y - 500], [x, y - 500], [x, y]]
    polygon = shapely.to_geojson(shapely.Polygon(ring))
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(polygon)}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))


def save_asd(folder, seed):
    """A model that was taught nothing."""
    torch.manual_seed(seed)
    density = GaussianDensity(torch.zeros(5), torch.eye(5))
    scaling = Scaling(torch.full((3,), 100.0), torch.ones(3))
    save_model(folder, TaughtModel(ASD(ASDConfig(3)), scaling, density, 1.0, {"name": "mine"}))


def made_later(path):
    later = time.time_ns() + 10**9
    os.utime(path, ns=(later, later))


@pytest.fixture
def sorts(make_scene, make_raster, noise, tmp_path):
    """A GeoTIFF, an ENVI file with its header, and a virtual raster of the GeoTIFF."""
    mosaic = tmp_path / "mosaic.vrt"
    mosaic.write_text(
        '<VRTDataset rasterXSize="80" rasterYSize="60"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">scene.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    return [make_scene(60, 80), make_raster(noise(), "cube.img", driver="ENVI"), str(mosaic)]


@pytest.mark.parametrize(
    ("changed", "again"),
    [("scene.tif", [True, False, True]), ("cube.hdr", [False, True, False]), ("mosaic.vrt", [False, False, True])],
)
def test_a_scene_of_changed_files_is_done_again(sorts, tmp_path, monkeypatch, changed, again):
    run = partial(archive.detect_scenes, sorts, tmp_path / "out", device="cpu", modality="visible")
    assert not any(o.before for o in run())
    with monkeypatch.context() as patch:
        patch.setattr(rasterio, "open", None)  # thousands of scenes that are done are not opened
        assert all(o.before for o in run())
    made_later(tmp_path / changed)
    assert [not o.before for o in run()] == again
    assert all(o.before for o in run())


@pytest.mark.parametrize("inside", ["/vsizip/{}/scene.tif", "/vsizip/{{{}}}/scene.tif"])
def test_a_scene_in_an_archive_that_was_packed_anew_is_done_again(make_scene, tmp_path, inside):
    packed = tmp_path / "packed.zip"

    def pack(seed):
        with zipfile.ZipFile(packed, "w") as archive_:
            archive_.write(make_scene(60, 80, seed=seed), "scene.tif")

    def before():
        scenes = [inside.format(packed)]
        (outcome,) = archive.detect_scenes(scenes, tmp_path / "out", device="cpu", modality="visible")
        return outcome.before

    pack(0)
    assert not before()
    assert before()
    pack(1)
    made_later(packed)
    assert not before()
    assert before()


def test_a_scene_whose_sidecar_says_something_else_is_done_again(make_raster, noise, tmp_path):
    path = make_raster(noise().clip(0, 255).astype(np.uint8), "a.png", driver="PNG")
    run = partial(archive.detect_scenes, [path], tmp_path / "out", device="cpu", modality="visible")
    sidecar = Path(f"{path}.aux.xml")

    def before(band=""):
        sidecar.write_text(f'<PAMDataset><PAMRasterBand band="1">{band}</PAMRasterBand></PAMDataset>')
        (outcome,) = run()
        return outcome.before

    assert not run()[0].before
    assert before('<Metadata><MDI key="STATISTICS_MEAN">100</MDI></Metadata>')  # QGIS has shown it
    assert not before("<NoDataValue>100</NoDataValue>")
    assert before("<NoDataValue>100</NoDataValue>")
    assert not before()


@pytest.mark.parametrize("name", ["a.png.msk", "a.pgw", "a.PNGW", "a.wld", "a.prj"])
def test_a_scene_that_has_got_a_mask_or_a_place_is_done_again(make_raster, noise, tmp_path, name):
    path = make_raster(noise().clip(0, 255).astype(np.uint8), "a.png", driver="PNG")
    run = partial(archive.detect_scenes, [path], tmp_path / "out", device="cpu", modality="visible")
    assert [run()[0].before, run()[0].before] == [False, True]
    (tmp_path / name).write_text("10\n0\n0\n-10\n500000\n5600000\n")
    assert [run()[0].before, run()[0].before] == [False, True]


def test_a_record_that_cannot_be_written_does_not_end_the_archive(scenes, tmp_path, monkeypatch):
    write, tried = Path.write_text, []

    def full(self, *arguments, **options):
        if archive.RECORDS in self.parts and not tried:
            tried.append(self)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    first, *others = archive.detect_scenes(scenes, tmp_path / "out", device="cpu")
    assert first.error.code == "not_writable"
    assert all(outcome.error is None for outcome in others) and others


def test_a_scene_that_is_gone_is_told_even_if_it_was_done(scenes, tmp_path):
    run = partial(archive.detect_scenes, scenes, tmp_path / "out", device="cpu")
    run()
    Path(scenes[0]).unlink()
    gone, *others = run()
    assert gone.error.code == "scene_not_found"
    assert all(o.before for o in others)


def test_a_folder_of_results_that_was_moved_still_counts(scenes, tmp_path):
    first = archive.detect_scenes(scenes, tmp_path / "out", device="cpu")
    (tmp_path / "out").rename(tmp_path / "moved")
    again = archive.detect_scenes(scenes, tmp_path / "moved", device="cpu")
    assert all(outcome.before for outcome in again)
    for one, other in zip(first, again, strict=True):
        for file in ("heatmap", "instances"):
            assert Path(other.result[file]) == tmp_path / "moved" / Path(one.result[file]).name


def test_another_area_model_or_version_is_another_run(scenes, tmp_path, monkeypatch):
    area, model = tmp_path / "area.geojson", tmp_path / "model"
    parameters = {"detector": "asd", "area": {"path": str(area)}, "model": str(model), "device": "cpu"}
    run = partial(archive.detect_scenes, scenes[:1], tmp_path / "out", **parameters)
    save_area(area, 40)
    save_asd(model, 0)
    assert not run()[0].before
    made_later(area)
    assert run()[0].before
    save_area(area, 80)
    (wider,) = run()
    assert not wider.before
    assert wider.result["megapixels"] == 80 * 50 / 1e6
    save_asd(model, 1)
    assert not run()[0].before
    assert run()[0].before
    monkeypatch.setattr(archive, "versions", dict)
    assert not run()[0].before
    area.unlink()
    with pytest.raises(EngineError) as found:
        run()
    assert found.value.code == "bad_area"


def test_workers_find_what_is_named_from_the_folder_of_the_asker(workers, scenes, tmp_path, monkeypatch):
    save_asd(tmp_path / "models" / "mine", 0)
    save_area(tmp_path / "area.geojson", 40)
    monkeypatch.chdir(tmp_path)
    elsewhere = workers.run(os.getcwd)
    names = [os.path.relpath(scene) for scene in scenes]
    area = {"path": "area.geojson"}
    run = partial(archive.detect_scenes, names, "out", device="cpu", detector="asd", model="models/mine", area=area)
    try:
        workers.run(os.chdir, "/")
        assert [o.error for o in run(client=workers)] == [None] * 3
        assert all(o.before for o in run(client=workers))
    finally:
        for worker, folder in elsewhere.items():
            workers.run(os.chdir, folder, workers=[worker])


def test_an_archive_survives_a_killed_worker(workers, scenes, tmp_path):
    killed = []

    def kill(progress):
        if not killed:
            killed.append(next(iter(workers.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    run = partial(archive.detect_scenes, scenes, device="cpu", detector="uniadrs", modality="visible")
    outcomes = run(tmp_path / "out", client=workers, progress=kill)
    assert killed
    assert [o.error for o in outcomes] == [None] * 3
    here = run(tmp_path / "here")
    assert [contents(o.result) for o in outcomes] == [contents(o.result) for o in here]
    workers.wait_for_workers(2, timeout=60)


def test_a_cancelled_archive_goes_on_where_it_was(workers, scenes, tmp_path):
    cancel = threading.Event()

    def stop(progress):
        if progress.message.startswith("1 of 3"):
            cancel.set()

    run = partial(archive.detect_scenes, scenes, tmp_path / "out", device="cpu", modality="visible")
    with pytest.raises(Cancelled):
        run(progress=stop, cancel=cancel)
    outcomes = run(client=workers)
    assert [o.before for o in outcomes] == [True, False, False]
    cancel.clear()
    with pytest.raises(Cancelled):
        run(client=workers, cancel=cancel, progress=lambda _: cancel.set(), threshold_percent=3)


def other_call(run, count, records):
    """A second call of an archive, once the first is at its first scene; and what the first waits for."""
    ended = []
    thread = threading.Thread(target=lambda: ended.extend(run()))

    def start(progress):
        if not thread.ident:
            thread.start()
        while thread.is_alive() and len(list(records.glob("*.json"))) < count:
            time.sleep(0.05)

    return thread, ended, start


@pytest.mark.parametrize("spread", [False, True])
def test_calls_that_overlap_do_each_scene_once(request, scenes, tmp_path, spread):
    out = tmp_path / "out"
    run = partial(archive.detect_scenes, scenes, out, device="cpu", modality="visible")
    told = []
    client = request.getfixturevalue("workers") if spread else None
    thread, others, start = other_call(partial(run, client=client, progress=told.append), 2, out / archive.RECORDS)
    with work.claimed(tmp_path / "unlike"):  # another file is another piece of work
        outcomes = run(progress=lambda progress: start(progress) if list(out.glob(".anomaly_lens_*_*")) else None)
    thread.join(60)
    assert [o.before for o in outcomes] == [False, True, True]
    assert [o.before for o in others] == [True, False, False]
    assert [contents(o.result) for o in outcomes] == [contents(o.result) for o in others]
    assert len(list(out.glob("*.tif"))) == 3
    assert told[-1].message == "3 of 3 scenes"
    assert "2 of 3 scenes, another run is at the rest" in {progress.message for progress in told}
    assert {path.suffix for path in (out / archive.RECORDS).iterdir()} == {".json"}


def test_a_scene_whose_process_was_killed_is_free_again(scenes, tmp_path):
    locks = tmp_path / "out" / archive.RECORDS
    run = partial(archive.detect_scenes, scenes[:1], tmp_path / "out", device="cpu", modality="visible")
    run()
    (record,) = locks.iterdir()
    record.unlink()
    hold = "import os, signal; from pathlib import Path; from anomaly_lens.engine.work import claimed\n"
    hold += f"with claimed(Path({str(record.with_suffix('.lock'))!r})) as mine: assert mine; os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", hold], check=False).returncode == -signal.SIGKILL
    assert [path.suffix for path in locks.iterdir()] == [".lock"]
    (again,) = run()
    assert not again.before
    assert list(locks.iterdir()) == [record]


# Kills itself, as the system would, before it moves one of its files to its place, or behind the last of them.
KILLED_AT_THE_END = """
import os, signal, sys
from pathlib import Path
from anomaly_lens.engine.scaleout import archive
out, before, scene = sys.argv[1:]
replace = Path.replace
def move(self, target):
    if Path(target).name.endswith(before):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = move
archive.detect_scenes([scene], out, device="cpu", modality="visible")
"""


@pytest.mark.parametrize("before", ["_heatmap.tif", "_anomalies.gpkg", ".json"])
def test_a_run_that_is_killed_as_it_publishes_leaves_one_result(scenes, tmp_path, before):
    out = tmp_path / "out"
    child = [sys.executable, "-c", KILLED_AT_THE_END, str(out), before, scenes[0]]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    left = {path: path.stat().st_mtime_ns for path in out.glob("a_*.*")} if before == ".json" else {}
    run = partial(archive.detect_scenes, scenes[:1], out, device="cpu", modality="visible")
    assert [run()[0].before, run()[0].before] == [False, True]
    (again,) = run()
    whole = detect(scenes[0], tmp_path / "whole", device="cpu", modality="visible")
    assert contents(again.result) == contents(whole)
    files = {path for path in out.iterdir() if path.name != archive.RECORDS}
    assert files == {Path(again.result["heatmap"]), Path(again.result["instances"])}
    for path, changed in left.items():  # somebody may have worked on it
        assert path.stat().st_mtime_ns == changed


def test_another_threshold_after_a_kill_leaves_what_was_published(scenes, tmp_path):
    out = tmp_path / "out"
    child = [sys.executable, "-c", KILLED_AT_THE_END, str(out), ".json", scenes[0]]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    (again,) = archive.detect_scenes(scenes[:1], out, device="cpu", modality="visible", threshold_percent=3)
    assert Path(again.result["heatmap"]).stem.endswith("_heatmap_2")
    assert len(list(out.glob("*.gpkg"))) == len(list(out.glob("*.tif"))) == 2


def test_a_disk_that_knows_no_locks_keeps_no_scene_from_being_done(scenes, tmp_path, monkeypatch):
    def unknown(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", unknown)
    assert not any(o.error for o in archive.detect_scenes(scenes, tmp_path / "out", device="cpu"))


def test_a_lock_that_was_removed_before_it_was_taken_holds_nothing(tmp_path, monkeypatch):
    path = tmp_path / "scene.lock"
    taken = work._is_taken

    def late(file):
        path.unlink()
        path.touch()  # another process's
        return taken(file)

    monkeypatch.setattr(work, "_is_taken", late)
    with work.claimed(path) as mine:
        assert not mine
    assert path.exists()


SERVER = """
import http.server, pathlib, re, sys
class Ranges(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_HEAD(self):
        if not self.path.partition("?")[0].endswith("scene.tif"):
            return self.send_error(404)
        content = pathlib.Path(sys.argv[1]).read_bytes()
        self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
    def do_GET(self):
        if not self.path.partition("?")[0].endswith("scene.tif"):
            return self.send_error(404)
        content = pathlib.Path(sys.argv[1]).read_bytes()
        asked = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", self.headers.get("Range") or "bytes=0-")
        first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        self.wfile.write(content[first : last + 1])
        sys.stdout.write(f"{last + 1 - first}\\n")
        sys.stdout.flush()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
print(server.server_port, flush=True)
server.serve_forever()
"""
"""A process of its own: GDAL waits for it with this process's lock in its hand."""


def test_a_scene_on_a_server_is_read_by_window(workers, make_raster, tmp_path, monkeypatch):
    values = np.random.default_rng(0).integers(1, 255, (3, 1024, 512), dtype=np.uint8)
    values[:, 300:310, 200:208] = 255
    path = make_raster(values, "cloud.tif", tiled=True, blockxsize=64, blockysize=64, compress="deflate")
    monkeypatch.setattr(region, "STRIP_BYTES", 512 * 3 * 8 * 64)
    # Two of the sixteen rows of tiles.
    area = {"bbox": [500_000, 5_600_000 - 384 * 10, 500_000 + 512 * 10, 5_600_000 - 256 * 10]}
    run = partial(detect, device="cpu", area=area, modality="visible", threshold_percent=1)
    with subprocess.Popen([sys.executable, "-c", SERVER, path], stdout=subprocess.PIPE, text=True) as server:
        try:
            url = f"/vsicurl/http://127.0.0.1:{int(server.stdout.readline())}/scene.tif?v=1&sig=a/word.x"
            far = run(url, tmp_path / "far", make_region=partial(ScatteredRegion, workers))
        finally:
            server.kill()
        sent = sum(int(line) for line in server.stdout)
    assert contents(far) == contents(run(path, tmp_path / "near"))
    assert Path(far.heatmap).name.startswith("scene_")
    with rasterio.open(far.heatmap) as heatmap:
        origin = json.loads(heatmap.tags()[PROVENANCE_KEY])
    assert origin["source"]["path"] == url.partition("&sig")[0]
    # Two passes over an eighth of the file, by whichever worker, and its head for each process.
    size = Path(path).stat().st_size
    assert size / 8 < sent < 0.6 * size


def test_a_scene_on_a_server_that_is_signed_anew_is_the_same(make_raster, noise, tmp_path, monkeypatch):
    path = make_raster(noise(1), "cloud.tif")
    with subprocess.Popen([sys.executable, "-c", SERVER, path], stdout=subprocess.PIPE, text=True) as server:
        try:
            url = f"/vsicurl/http://127.0.0.1:{int(server.stdout.readline())}/scene.tif?se=2026-01-0"
            first = archive.detect_scenes([f"{url}1&sig=a", f"{url}2&sig=b"], tmp_path, device="cpu")
            again = archive.detect_scenes([f"{url}3&sig=c"], tmp_path, device="cpu")
        finally:
            server.kill()
    assert [(told.scene, told.before, told.error) for told in first] == [(f"{url}2&sig=b", False, None)]
    assert [(told.scene, told.before) for told in again] == [(f"{url}3&sig=c", True)]
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file.name != "cloud.tif"]
    assert len(written) >= 3
    assert not any(b"sig=" in content for content in written)


def test_a_file_on_a_server_may_be_another_in_the_next_run(make_raster, noise):
    path = make_raster(noise(1), "cloud.tif")
    with subprocess.Popen([sys.executable, "-c", SERVER, path], stdout=subprocess.PIPE, text=True) as server:
        try:
            url = f"/vsicurl/http://127.0.0.1:{int(server.stdout.readline())}/scene.tif"
            for seed in range(2):
                make_raster(noise(1, seed=seed), "cloud.tif")
                with open_scene(url) as there, open_scene(path) as here:
                    window = Window(0, 0, here.width, here.height)
                    np.testing.assert_array_equal(there.read(window)[0], here.read(window)[0])
        finally:
            server.kill()


def test_an_address_that_does_not_answer(scene, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1)
    assert main(["detect", scene, "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:9"]) == 2
    told = capsys.readouterr().err
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in told
    assert "dask scheduler" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["somewhere", "local:0", "local:two", "8786"])
def test_what_is_no_address(address):
    with pytest.raises(EngineError) as found, cluster.connect(address):
        pass
    assert found.value.code == "bad_parameter"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"detector": "nope"}, "unknown_detector"),
        ({"modality": "nope"}, "unknown_modality"),
        ({"outline": "nope"}, "bad_parameter"),
        ({"threshold_percent": 200.0}, "bad_parameter"),
        ({"peak_share": 2.0}, "bad_parameter"),
    ],
)
def test_what_no_scene_can_be_searched_with_is_told_once(scenes, tmp_path, parameters, code):
    with pytest.raises(EngineError) as found:
        archive.detect_scenes(scenes, tmp_path / "out", **parameters)
    assert found.value.code == code
    assert not (tmp_path / "out").exists()


def test_a_scheduler_without_workers(monkeypatch):
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=50) as empty,
        pytest.raises(EngineError) as found,
        cluster.connect(empty.scheduler_address, "cpu"),
    ):
        pass
    assert found.value.code == "cluster_unreachable"
    assert "no workers" in found.value.message


def test_workers_with_other_versions_are_refused(workers, monkeypatch):
    here = remote.versions()
    monkeypatch.setattr(cluster, "versions", lambda: {**here, "torch": "1.0.0"})
    with pytest.raises(EngineError) as found:
        cluster.check_workers(workers, "cpu")
    assert found.value.code == "cluster_mismatch"
    assert f"torch {here['torch']} instead of 1.0.0" in found.value.message


@pytest.mark.parametrize(
    ("asked", "here", "there", "says"),
    [
        ("cuda", "cuda", ["cpu"], "has no device “cuda”"),
        ("auto", "cpu", ["cpu", "cuda"], "has a GPU, but this machine"),
        ("cpu", "cpu", ["cpu", "cuda"], None),
    ],
)
def test_workers_that_would_compute_on_another_device_are_refused(monkeypatch, asked, here, there, says):
    class Apart:
        def wait_for_workers(self, count, timeout):
            pass

        def run(self, ask, on_error):
            return {"tcp://a": {"versions": remote.versions(), "devices": there}}

    monkeypatch.setattr(cluster, "choose_device", lambda _device: here)
    with pytest.raises(EngineError, match=says) if says else nullcontext():
        cluster.check_workers(Apart(), asked)


def test_a_worker_without_the_package_is_refused(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Nothing:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] == 'anomaly_lens':\n"
        "            raise ModuleNotFoundError('No module named anomaly_lens')\n"
        "sys.meta_path.insert(0, Nothing())\n"
    )
    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=50) as bare:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", bare.scheduler_address, "--no-nanny"]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        with subprocess.Popen(
            [*command, "--no-dashboard"], env=environment, stderr=subprocess.DEVNULL, cwd=tmp_path
        ) as worker:
            try:
                with pytest.raises(EngineError) as found, cluster.connect(bare.scheduler_address, "cpu"):
                    pass
            finally:
                worker.kill()
    assert found.value.code == "cluster_mismatch"
    assert "cannot load Anomaly Lens" in found.value.message
    assert "Install" in found.value.hint


class TooLarge(GlobalRX):
    """A detector whose worker finds out while it scores."""

    def score(self, strip):
        """Those of RX, and a word."""
        self.warnings.append("scored on the CPU")
        return super().score(strip)


def test_what_a_detector_warns_of_while_it_scores_elsewhere_is_told(make_scene):
    path = make_scene(160, 120)
    with open_scene(path) as scene:
        here = TooLarge(PROFILES["visible"])
        here.prepare(region.Region(scene), lambda _: None)
        here.warnings.append("told already")
        facts = (scene.count, scene.height, scene.width, scene.dtype)
    source = remote.Source("run", path, (1, 2, 3), None, facts, None, str(remote.versions()))
    there = remote.thaw(pickle.dumps(here))
    _, warnings = remote.look_at(there.look, source, 0, 16, 0)
    assert warnings == ["scored on the CPU"]


def test_a_worker_that_joins_with_another_version_is_refused(scene):
    source = remote.Source("run", scene, (1, 2, 3), None, (3, 160, 120, "float32"), None, "another")
    found = remote.look_at(lambda strip: strip, source, 0, 16, 0)
    assert isinstance(found, EngineError)
    assert found.code == "cluster_mismatch"


def test_a_worker_that_sees_another_file_is_refused(scene):
    source = remote.Source("run", scene, (1, 2, 3), None, (3, 99, 120, "float32"), None, str(remote.versions()))
    found = remote.look_at(lambda strip: strip, source, 0, 16, 0)
    assert isinstance(found, EngineError)
    assert scene in found.message


def test_a_worker_that_does_not_see_scene_or_folder(scene, tmp_path):
    assert remote.see_files(scene, str(tmp_path)) is None
    assert "does not exist" in remote.see_files(f"{scene}x")
    assert "cannot be written" in remote.see_files(scene, str(tmp_path / "absent"))

    class Blind:
        def run(self, see, asked, out, on_error):
            assert on_error == "ignore"
            return {"tcp://a": None, "tcp://b": see(f"{asked}x", out), "tcp://c": see(f"{asked}x", out)}

    with pytest.raises(EngineError) as found:
        cluster.check_files(Blind(), [scene], str(tmp_path))
    assert found.value.code == "cluster_mismatch"
    assert "2 of the workers, tcp://b among them" in found.value.message


@pytest.mark.usefixtures("low_strips")
def test_what_a_lost_cluster_has_scored_is_kept(scene, tmp_path):
    run = partial(detect, scene, device="cpu", modality="sar")
    asked = []

    class Counted(ScatteredRegion):
        def visit(self, look, step, halo=0, only=None):
            asked.append(only)
            return super().visit(look, step, halo, only)

    with cluster.connect("local:1", "cpu") as client:

        def kill(progress):
            if progress.stage == "score" and progress.fraction > 0.6 and client.status == "running":
                client.shutdown()

        with pytest.raises(EngineError) as found:
            run(tmp_path / "out", make_region=partial(Counted, client), progress=kill)
    assert found.value.code == "cluster_lost"
    with cluster.connect("local:1", "cpu") as client:
        again = run(tmp_path / "out", make_region=partial(Counted, client))
    assert asked[-1], "strips that were scored before are not scored again"
    assert len(asked[-1]) < 10
    assert contents(again) == contents(run(tmp_path / "one"))


def test_a_run_ends_when_its_cluster_has_gone(monkeypatch):
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=50) as empty,
        distributed.Client(empty) as client,
        pytest.raises(EngineError) as found,
    ):
        cluster.wait_for_any(client, [client.submit(int, 1)], lambda: None)
    assert found.value.code == "cluster_lost"


def close_connections(monkeypatch):
    """Have the scheduler go away as soon as all workers are asked for something."""

    def closed(*_, **__):
        raise distributed.comm.CommClosedError

    monkeypatch.setattr(distributed.Client, "run", closed)


def test_a_scheduler_that_goes_away_while_workers_are_asked_is_told(workers, scenes, tmp_path, monkeypatch):
    close_connections(monkeypatch)
    for ask in (
        partial(cluster.check_workers, workers, "cpu"),
        partial(cluster.check_files, workers, scenes),
        partial(archive.detect_scenes, scenes, tmp_path / "out", client=workers, device="cpu"),
    ):
        with pytest.raises(EngineError) as found:
            ask()
        assert found.value.code == "cluster_lost"


def test_a_cancel_is_told_as_one_where_the_scheduler_has_gone_away(workers, scenes, tmp_path, monkeypatch):
    cancel = threading.Event()

    def stop(_):
        close_connections(monkeypatch)
        cancel.set()

    run = partial(archive.detect_scenes, scenes, tmp_path / "out", client=workers, device="cpu")
    with pytest.raises(Cancelled):
        run(progress=stop, cancel=cancel)


def test_what_dask_logs_is_not_shown(workers):
    assert workers.status == "running"
    for name in ("distributed", "distributed.client", "distributed.comm.core"):
        assert not logging.getLogger(name).isEnabledFor(logging.ERROR)


def test_a_scheduler_that_goes_away_at_the_end_takes_no_result_along(monkeypatch):
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as small,
        cluster.connect(small.scheduler_address, "cpu"),
    ):
        close_connections(monkeypatch)


def test_command_line_runs_a_list_of_scenes(scenes, tmp_path, capsys):
    (tmp_path / "list.txt").write_text("# an archive\n\n" + "\n".join(scenes) + "\n")
    words = ["detect", "--scenes", str(tmp_path / "list.txt"), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main(words) == 0
    said = capsys.readouterr()
    assert "3 scenes done, 0 were done before, 0 failed" in said.out
    assert "note:" not in said.err
    assert main([*words, str(tmp_path / "gone.tif"), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert [o["before"] for o in told] == [False, True, True, True]
    assert told[0]["error"]["code"] == "scene_not_found"
    assert main(["detect", "--out", str(tmp_path / "out")]) == 2
    assert main(["detect", "--scenes", str(tmp_path / "no.txt"), "--out", str(tmp_path)]) == 2


def test_a_list_of_scenes_with_a_byte_order_mark(scenes, tmp_path):
    (tmp_path / "list.txt").write_text("\n".join(scenes), encoding="utf-8-sig")
    assert archive.read_list(str(tmp_path / "list.txt")) == scenes
    (tmp_path / "shell.txt").write_text("\r\n".join(scenes), encoding="utf-16")  # of Windows
    assert archive.read_list(str(tmp_path / "shell.txt")) == scenes


@pytest.mark.skipif(sys.platform != "linux", reason="names are no bytes elsewhere")
def test_a_name_that_is_not_in_utf_8_keeps_no_other_scene_of_a_list_from_being_done(scenes, tmp_path):
    odd = tmp_path / os.fsdecode(b"caf\xe9.tif")
    shutil.copy(scenes[0], odd)
    listed = tmp_path / "list.txt"
    listed.write_bytes(os.fsencode(odd) + b"\n" + os.fsencode(scenes[0]) + b"\n")
    found = archive.detect_scenes(archive.read_list(str(listed)), tmp_path / "out")
    assert [outcome.result is None for outcome in found] == [True, False]
    assert found[0].error.code == "scene_unreadable"


def test_command_line_tells_what_stays_of_a_cancelled_list(scenes, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(archive._Clock, "tell", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert main(["detect", *scenes, "--out", str(tmp_path / "out"), "--device", "cpu"]) == 130
    assert capsys.readouterr().err.strip().endswith("Cancelled; finished scenes stay.")


@pytest.mark.skipif(sys.platform == "win32", reason="there, no signal goes to a group of processes")
def test_the_interrupt_of_a_terminal_lets_workers_clean_up(make_raster, tmp_path):
    values = np.random.default_rng(0).normal(size=(12, 900, 900)).astype(np.float32)
    paths = [make_raster(values, name) for name in ("a.tif", "b.tif")]
    words = ["detect", *paths, "--detector", "local_rx", "--out", str(tmp_path / "out"), "--dask", "local:1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "anomaly_lens.engine", *words],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not list((tmp_path / "out").glob(".anomaly_lens_*/raw")):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert errors.strip() == "Cancelled; finished scenes stay."
    assert [path.name for path in (tmp_path / "out").iterdir()] == [archive.RECORDS]


def test_command_line_spreads_one_scene(scene, tmp_path, capsys):
    words = ["detect", scene, "--device", "cpu", "--json"]
    assert main([*words, "--out", str(tmp_path / "many"), "--dask", "local:1"]) == 0
    many = json.loads(capsys.readouterr().out)
    assert main([*words, "--out", str(tmp_path / "one")]) == 0
    assert contents(many) == contents(json.loads(capsys.readouterr().out))


def test_command_line_tells_what_the_runs_of_a_list_warn_of(make_raster, noise, tmp_path, capsys):
    constant = noise(3)
    constant[1] = 7
    paths = [make_raster(noise(2), "plain.tif"), make_raster(constant, "constant.tif")]
    assert main(["detect", *paths, "--out", str(tmp_path / "out"), "--device", "cpu"]) == 0
    (note,) = [line for line in capsys.readouterr().err.splitlines() if "note:" in line]
    assert "constant.tif" in note


def test_scenes_of_one_relative_name_in_two_folders_are_two(make_scene, tmp_path, monkeypatch):
    found = []
    for seed, folder in enumerate(("may", "june")):
        scene = make_scene(40, 50, seed=seed)
        (tmp_path / folder).mkdir()
        with zipfile.ZipFile(tmp_path / folder / "day.zip", "w") as packed:
            packed.write(scene, "scene.tif")
        monkeypatch.chdir(tmp_path / folder)
        found += archive.detect_scenes(["/vsizip/day.zip/scene.tif"], tmp_path / "out", device="cpu")
    assert [outcome.before for outcome in found] == [False, False]
    assert found[0].result["heatmap"] != found[1].result["heatmap"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are letters")
def test_names_whose_bytes_are_no_letters_are_told(scenes, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(f"{odd}.tif").write_bytes(Path(scenes[0]).read_bytes())
    first, *others = archive.detect_scenes([f"{odd}.tif", *scenes], tmp_path / "out", device="cpu")
    assert first.error.code == "scene_unreadable"
    assert all(outcome.error is None for outcome in others) and others
    with pytest.raises(EngineError, match="Nothing can be written"):
        detect(scenes[0], odd, device="cpu")
    with pytest.raises(EngineError, match="not a vector file"):
        detect(scenes[0], tmp_path / "out", device="cpu", area={"path": f"{odd}.gpkg"})
