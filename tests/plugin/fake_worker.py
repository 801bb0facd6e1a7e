"""Speaks the worker's protocol without an engine: slow, deaf, dying, silent or broken on request.

``python fake_worker.py MODE``: ``normal`` answers as the real one does and detects in a few steps; ``slow`` detects
for ever until cancelled; ``deaf`` does so and ignores a cancel; ``dying`` dies during a detection; ``silent`` never
gets ready; ``fatal`` has no torch; ``fails`` answers a detection with an error; ``noisy`` prints what is no message.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

CATALOG = {
    "detectors": [
        {"name": "rx", "label": "RX", "description": "Global.", "modalities": ["hyperspectral", "visible", "sar"]},
        {"name": "local_rx", "label": "Local RX", "description": "Local.", "modalities": ["hyperspectral", "visible"]},
        {
            "name": "taught",
            "label": "Taught",
            "description": "Normal.",
            "modalities": ["visible"],
            "threshold_score": 0.6,
        },
    ],
    "profiles": [
        {
            "name": name,
            "label": label,
            "description": label,
            "default_detector": detector,
            "threshold_percent": percent,
            "min_pixels": pixels,
        }
        for name, label, detector, percent, pixels in (
            ("hyperspectral", "Hyperspectral", "local_rx", 1.0, 1),
            ("visible", "Visible", "rx", 0.5, 6),
            ("sar", "SAR", "rx", 0.5, 6),
        )
    ],
}
DEVICES = {"devices": [{"name": "cpu", "label": "CPU, 2 threads", "available": True}], "default": "cpu"}

# Files that are not there, unless the test brings others.
RESULT = {"heatmap": "missing.tif", "instances": "missing.gpkg", "count": 0, "detector": "rx", "device": "cpu"}

_output = threading.Lock()
_cancelled: dict[str, threading.Event] = {}


def send(message: dict) -> None:
    with _output:
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def answer(request: dict, result: dict) -> None:
    send({"id": request["id"], "event": "result", "result": result})


def fail(request: dict, code: str, message: str) -> None:
    send({"id": request["id"], "event": "error", "error": {"code": code, "message": message, "hint": "Do this."}})


def info(request: dict) -> dict:
    path = request["params"]["scene"]
    return {
        "path": path,
        "crs": "EPSG:32633",
        "pixel_area_m2": 4.0,
        "dtype": "uint8",
        "suggestion": {"modality": "visible", "reason": "3 bands, uint8"},
    }


def work(request: dict, mode: str) -> None:
    stop = _cancelled[request["id"]]
    progress = {"id": request["id"], "event": "progress", "stage": "score", "message": "Scoring", "elapsed": 0.1}
    send({**progress, "fraction": 0.1, "remaining": None})
    if mode == "fails" or "broken" in request["params"].get("scene", ""):
        fail(request, "no_valid_pixels", f"{request['params']['scene']} holds only nodata.")
        return
    if mode == "dying":
        sys.stderr.write("last words: größer\n")
        sys.stderr.flush()
        os._exit(3)
    if mode == "slow":
        stop.wait()
    if stop.is_set():
        fail(request, "cancelled", "The run was cancelled.")
        return
    send({**progress, "fraction": 0.9, "remaining": 0.1})
    result = {**RESULT, **json.loads(os.environ.get("FAKE_RESULT", "{}"))}
    # Each run has an id of its own.
    answer(request, {"echo": request["params"], **result, "run_id": request["params"].get("scene")})


def main(mode: str) -> None:
    print(f"fake worker {mode}", file=sys.stderr, flush=True)
    if mode == "silent":
        threading.Event().wait()
    if mode == "fatal":
        error = {"code": "engine_incomplete", "message": "This Python has no torch.", "hint": "Install it."}
        send({"event": "fatal", "error": error})
        sys.exit(2)
    if mode == "noisy":
        print("Warning: something printed to stdout", flush=True)
    send({"event": "ready", "protocol": 1, "version": "0.1.0", "pid": os.getpid()})
    if (started := os.environ.get("FAKE_STARTED")) is not None:
        with Path(started).open("a") as file:
            file.write(f"{os.getpid()}\n")
    for line in sys.stdin:
        request = json.loads(line)
        method = request["method"]
        if method in ("detect", "evaluate", "teach"):
            _cancelled[request["id"]] = threading.Event()
            if out := request["params"].get("out"):
                folder = Path(out).parent if method == "teach" else Path(out)
                (folder / f".anomaly_lens_{os.getpid()}_run").mkdir(parents=True, exist_ok=True)
            if mode == "deaf":
                send({"id": request["id"], "event": "progress", "fraction": 0.2, "message": "Scoring"})
                threading.Event().wait()
            threading.Thread(target=work, args=(request, mode), daemon=True).start()
        elif method == "polygonize":
            # For ever, and no cancel ends it.
            continue
        elif method == "models":
            # Tests that are about models say themselves which there are.
            continue
        elif method == "cancel":
            _cancelled.get(request["params"]["id"], threading.Event()).set()
            answer(request, {"cancelled": True})
        elif method == "shutdown":
            answer(request, {})
            return
        else:
            results = {"ping": {"version": "0.1.0", "pid": os.getpid(), "busy": False}, "catalog": CATALOG}
            answer(request, {**results, "devices": DEVICES, "info": info(request) if method == "info" else {}}[method])


if __name__ == "__main__":
    main(sys.argv[1])
