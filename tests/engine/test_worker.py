"""The worker as the plugin meets it: a process that speaks JSON lines."""

from __future__ import annotations

import io
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import anomaly_lens
import numpy as np
import pytest
from anomaly_lens.engine.parameters import check_parameters
from anomaly_lens.engine.worker import _HEARTBEAT_SECONDS, Worker

MAIN = Path(anomaly_lens.__file__).parent / "engine" / "__main__.py"


class Process:
    """A worker process with a thread that collects what it says."""

    def __init__(self, python=sys.executable):
        self.popen = subprocess.Popen(
            [python, str(MAIN), "worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.popen.stdout:
            self.lines.put(json.loads(line))

    def send(self, **request):
        """Send a request."""
        self.popen.stdin.write(json.dumps(request) + "\n")
        self.popen.stdin.flush()

    def next(self, timeout=120):
        """The next message, whatever it is."""
        return self.lines.get(timeout=timeout)

    def until_end(self, identity, timeout=120):
        """All messages for a request, up to its result or error."""
        seen = []
        while True:
            message = self.lines.get(timeout=timeout)
            if message.get("id") == identity:
                seen.append(message)
                if message["event"] in {"result", "error"}:
                    return seen


@pytest.fixture
def worker():
    process = Process()
    ready = process.next()
    assert ready["event"] == "ready"
    assert ready["protocol"] == 1
    assert ready["pid"] == process.popen.pid
    yield process
    process.popen.kill()
    process.popen.wait()


@pytest.fixture
def slow_scene(make_raster):
    """A scene that takes local RX many seconds."""
    return make_raster(np.random.default_rng(0).normal(size=(12, 500, 500)).astype(np.float32))


def test_short_requests(worker, make_raster, noise):
    scene = make_raster(noise(), "Größe 火.tif")
    worker.send(id="1", method="ping")
    worker.send(id="2", method="devices")
    worker.send(id="3", method="catalog")
    worker.send(id="4", method="info", params={"scene": scene})
    worker.send(id="5", method="info", params={"scene": "/absent.tif"})
    worker.send(id="6", method="dance")
    answers = {}
    while len(answers) < 6:
        message = worker.next()
        answers[message["id"]] = message
    assert answers["1"]["result"]["busy"] is False
    assert answers["2"]["result"]["devices"][-1]["available"] in {True, False}
    assert "rx" in [d["name"] for d in answers["3"]["result"]["detectors"]]
    assert [p["name"] for p in answers["3"]["result"]["profiles"]] == [
        "hyperspectral",
        "visible",
        "sar",
        "infrared",
        "low_light",
    ]
    info = answers["4"]["result"]
    assert (info["width"], info["height"], info["bands"]) == (80, 60, [1, 2, 3])
    assert info["path"] == scene
    assert answers["5"]["error"]["code"] == "scene_not_found"
    assert answers["6"]["error"]["code"] == "bad_request"


def test_what_threads_import_at_once_begins_with_all_of_shapely():
    """Where one imports shapely and the other first a part of it, Python lets one of them have it half imported."""
    for name in ("pipeline", "evaluation", "polygonize", "region", "geometry", "instances", "pieces", "fill"):
        lines = (Path(anomaly_lens.__file__).parent / "engine" / f"{name}.py").read_text(encoding="utf-8").splitlines()
        first = next((line for line in lines if line.startswith(("import shapely", "from shapely"))), "import shapely")
        assert first.split()[1] == "shapely", name


def test_a_run_that_says_nothing_is_still_heard(monkeypatch):
    """A long step without progress of its own is reported again and again; without that this test never ends."""
    read, write = os.pipe()
    requests_read, requests_write = os.pipe()
    go_on = threading.Event()
    with os.fdopen(read) as answers, os.fdopen(write, "w") as output, os.fdopen(requests_read) as requests:
        worker = Worker(output)

        def hang(*_):
            worker._report({"stage": "score", "message": "Scoring", "fraction": 0.5, "elapsed": 1.0, "remaining": 1.0})
            go_on.wait()
            return {}

        monkeypatch.setattr(worker, "_detect", hang)
        serving = threading.Thread(target=worker.serve, args=(requests,))
        serving.start()
        beats = []
        with os.fdopen(requests_write, "w") as plugin:
            plugin.write('{"id": "1", "method": "detect"}\n')
            plugin.flush()
            while len(beats) < 4:
                message = json.loads(answers.readline())
                if message.get("fraction") == 0.5:
                    beats.append(message)
            go_on.set()
        serving.join()
    elapsed = [beat["elapsed"] for beat in beats]
    assert elapsed == sorted(elapsed)
    assert elapsed[-1] > elapsed[0]
    assert _HEARTBEAT_SECONDS <= 0.5  # at least twice a second


def test_the_heartbeat_of_a_request_that_has_just_begun_repeats_its_own_progress():
    """It may come before the request has reported: the first had nothing to repeat, later ones that of another."""
    found = []

    class Interrupted(Worker):
        """A worker whose other threads go on in the moment that a request counts as running."""

        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if name == "_running" and value is not None:
                found.append((value, self._progress.get("message"), time.monotonic() - self._progress_at < 10))

    worker = Interrupted(io.StringIO())
    requests = [json.dumps({"id": str(number), "method": "evaluate"}) for number in (1, 2)]
    worker.serve(io.StringIO("\n".join(requests)))
    assert found == [("1", "Starting", True), ("2", "Starting", True)]


def test_detect_reports_progress_and_ends_with_one_result(worker, slow_scene, tmp_path):
    params = {"scene": slow_scene, "out": str(tmp_path / "out"), "detector": "local_rx", "threshold": {"percent": 1}}
    worker.send(id="7", method="detect", params=params)
    worker.send(id="8", method="ping")
    messages = worker.until_end("7")
    result = messages[-1]["result"]
    assert Path(result["heatmap"]).exists()
    assert Path(result["instances"]).exists()
    progress = messages[:-1]
    assert {m["event"] for m in progress} == {"progress"}
    assert {"stage", "message", "fraction", "elapsed", "remaining"} <= set(progress[0])
    assert [m["fraction"] for m in progress] == sorted(m["fraction"] for m in progress)


def test_cancel_ends_a_run_and_leaves_nothing(worker, slow_scene, tmp_path):
    out = tmp_path / "out"
    worker.send(id="1", method="detect", params={"scene": slow_scene, "out": str(out), "detector": "local_rx"})
    worker.send(id="2", method="detect", params={"scene": slow_scene, "out": str(out), "detector": "local_rx"})
    while worker.next().get("stage") != "score":
        pass
    worker.send(id="3", method="cancel", params={"id": "2"})
    assert worker.until_end("2")[-1]["error"]["code"] == "cancelled"
    worker.send(id="6", method="ping")
    assert worker.until_end("6")[-1]["result"]["busy"], "what waits is cancelled without waiting for what runs"
    worker.send(id="4", method="cancel", params={"id": "1"})
    assert worker.until_end("4")[-1]["result"] == {"cancelled": True}
    worker.send(id="5", method="cancel", params={"id": "1000"})
    ends = {}
    while len(ends) < 2:
        message = worker.next()
        if message["event"] in {"result", "error"}:
            ends[message["id"]] = message
    assert ends["1"]["error"]["code"] == "cancelled"
    assert ends["5"]["result"] == {"cancelled": False}
    assert not out.exists()
    worker.send(id="6", method="ping")
    assert worker.until_end("6")[-1]["result"]["busy"] is False


def test_evaluate_measures_a_heat_map_against_labels(worker, tmp_path, make_raster):
    scores = np.random.default_rng(1).random((1, 20, 30)).astype(np.float32)
    labels = (scores > 0.9).astype(np.uint8)
    request = {"scores": make_raster(scores), "labels": {"raster": make_raster(labels, "labels.tif")}}
    worker.send(id="1", method="evaluate", params=request)
    result = worker.until_end("1")[-1]["result"]
    assert result["measures"]["auc_df"] == 1.0
    assert result["anomaly_pixels"] == labels.sum()
    worker.send(id="2", method="evaluate", params={"scores": request["scores"]})
    assert worker.until_end("2")[-1]["error"]["code"] == "bad_request"


def test_when_the_plugin_is_gone_the_worker_cleans_up_and_goes(worker, slow_scene, tmp_path):
    out = tmp_path / "out"
    worker.send(id="1", method="detect", params={"scene": slow_scene, "out": str(out), "detector": "local_rx"})
    while worker.next().get("stage") != "score":
        pass
    worker.popen.stdin.close()
    assert worker.popen.wait(timeout=120) == 0
    assert not out.exists()


def test_polygons_of_a_heat_map_come_while_a_scene_is_searched(worker, slow_scene, make_raster, noise, tmp_path):
    values = noise()
    values[:, 5:8, 5:8] += 90
    params = {"scene": make_raster(values, "small.tif"), "out": str(tmp_path / "out"), "threshold": {"percent": 1}}
    worker.send(id="1", method="detect", params=params)
    found = worker.until_end("1")[-1]["result"]
    slow = {"scene": slow_scene, "out": str(tmp_path / "slow"), "detector": "local_rx"}
    worker.send(id="2", method="detect", params=slow)
    asked = {"heatmap": found["heatmap"]}
    worker.send(id="3", method="polygonize", params=asked)
    worker.send(id="4", method="polygonize", params={**asked, "threshold": {"score": 0.99}, "min_area": 100})
    worker.send(id="5", method="polygonize", params={**asked, "out": str(tmp_path / "again.gpkg"), "smooth": 2})
    worker.send(id="6", method="polygonize", params={"heatmap": str(tmp_path / "absent.tif")})
    worker.send(id="7", method="polygonize", params={**asked, "merge": -1})
    worker.send(id="8", method="polygonize", params={})
    ends = {}
    while len(ends) < 6:
        message = worker.next()
        if message["event"] in {"result", "error"}:
            ends[message["id"]] = message
    assert "2" not in ends
    assert ends["3"]["result"]["count"] == found["count"] == len(ends["3"]["result"]["outlines"])
    assert ends["4"]["result"]["count"] < found["count"]
    assert Path(ends["5"]["result"]["instances"]).exists()
    assert [ends[i]["error"]["code"] for i in "678"] == ["scene_not_found", "bad_parameter", "bad_request"]


def test_shutdown(worker):
    worker.send(id="1", method="shutdown")
    assert worker.until_end("1")[-1]["result"] == {}
    assert worker.popen.wait(timeout=120) == 0


def test_nonsense_is_answered_and_survived(worker):
    worker.popen.stdin.write('not json\n\n[1, 2]\n{"id": 3}\n')
    worker.popen.stdin.write('{"id": "7", "method": ["detect"]}\n{"id": "8", "method": "detect", "params": [1]}\n')
    deep = "[" * 100_000 + "]" * 100_000
    worker.popen.stdin.write(f'{{"id": "9", "method": "detect", "params": {deep}}}\n')
    worker.popen.stdin.write('{"id": "10", "method": "info", "params": {"scene": "/tmp/\\udcff.tif"}}\n')
    worker.send(id="4", method="detect", params={"out": "x"})
    worker.send(id="5", method="detect", params={"scene": "x", "out": "y", "threshold": "much"})
    worker.send(id="6", method="ping")
    codes = []
    while len(codes) < 10:
        message = worker.next()
        if message["event"] in {"result", "error"}:
            codes.append(message.get("error", {}).get("code", "fine"))
    assert sorted(codes) == ["bad_request"] * 8 + ["fine", "scene_not_found"]


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("detect", "out", 7),
        ("detect", "area", "everywhere"),
        ("detect", "bands", 3),
        ("detect", "bands", ["red"]),
        ("detect", "nodata", "0"),
        ("detect", "crs", 4326),
        ("detect", "min_area", "2"),
        ("detect", "name", ["x"]),
        ("detect", "modality", {}),
        ("detect", "threshold", {"percent": "1"}),
        ("polygonize", "heatmap", 7),
        ("polygonize", "smooth", 1.5),
        ("polygonize", "taken", ["no hex"]),
        ("polygonize", "fill_holes", True),
        ("teach", "scenes", 7),
        ("teach", "normal", ["forest"]),
        ("teach", "nodata", 0),
        ("teach", "crs", "EPSG:4326"),
        ("teach", "budget_s", "long"),
        ("teach", "adapt", "yes"),
        ("evaluate", "labels", "x.tif"),
        ("models", "folder", 7),
    ],
)
def test_a_parameter_of_the_wrong_kind_is_named(method, name, value):
    output = io.StringIO()
    assert Worker(output)._answer(json.dumps({"id": "1", "method": method, "params": {name: value}}))
    (line,) = output.getvalue().splitlines()
    error = json.loads(line)["error"]
    assert error["code"] == "bad_request"
    assert f"“{name}” of a {method} request" in error["message"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("detect", {"nodata": -1e30, "bands": [1, 2], "area": None, "threshold": {"percent": None, "score": 0.5}}),
        ("teach", {"nodata": [None, 0], "normal": {"path": "x"}, "sources": [None, "y"], "seed": 1, "budget_s": 2}),
        ("polygonize", {"taken": ["0106"], "threshold": None, "smooth": 0, "min_area": 2}),
    ],
)
def test_parameters_of_the_right_kind_pass(method, params):
    check_parameters(method, params)


def test_errors_of_a_run_come_as_one_message(worker, tmp_path):
    worker.send(id="1", method="detect", params={"scene": "/absent.tif", "out": str(tmp_path / "out")})
    error = worker.until_end("1")[-1]["error"]
    assert error["code"] == "scene_not_found"
    assert error["hint"]


@pytest.mark.parametrize(
    "damage", ['raise ValueError("numpy.dtype size changed")', 'raise OSError("[WinError 126] c10.dll")', ""]
)
def test_a_package_that_cannot_be_loaded_ends_every_request(tmp_path, monkeypatch, damage):
    (tmp_path / "rasterio").mkdir()
    (tmp_path / "rasterio" / "__init__.py").write_text(damage)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = Process()
    try:
        assert process.next()["event"] == "ready"
        process.send(id="1", method="catalog")
        assert process.until_end("1")[-1]["error"]["code"] == "engine_incomplete"
        process.send(id="2", method="detect", params={"scene": "s.tif", "out": str(tmp_path)})
        error = process.until_end("2", timeout=60)[-1]["error"]
        assert error["code"] == "engine_incomplete"
        assert sys.executable in error["message"]
        assert "Set up" in error["hint"]
    finally:
        process.popen.kill()
        process.popen.wait()


def test_a_bug_is_told_as_one(monkeypatch):
    worker = Worker(sys.stderr)

    def work():
        raise ValueError("oh")

    error = worker._outcome("1", work)["error"]
    assert error["code"] == "internal"
    assert "oh" in error["message"]


def test_a_python_without_torch_says_what_it_lacks(tmp_path):
    """A virtual environment made on the spot has nothing installed."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    python = bare / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run = subprocess.run(
        [python, str(MAIN), "worker"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert run.returncode == 3
    message = json.loads(run.stdout)
    assert message["event"] == "fatal"
    assert message["error"]["code"] == "engine_incomplete"
    assert "torch" in message["error"]["message"]
    assert "safetensors" in message["error"]["message"]
    run = subprocess.run([python, str(MAIN), "detectors"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "torch" in run.stderr
    assert "Traceback" not in run.stderr
