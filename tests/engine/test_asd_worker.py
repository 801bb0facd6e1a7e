"""Teaching as the plugin asks for it: messages of the worker."""

from __future__ import annotations

import io
import json
import threading
import time

import numpy as np
import pytest
from anomaly_lens.engine.worker import Worker

pytestmark = pytest.mark.usefixtures("one_thread")


class Talk:
    """A worker in a thread, and what it said."""

    def __init__(self):
        self.said = io.StringIO()
        self.worker = Worker(self.said)
        self.ask = threading.Condition()
        self.requests = []
        self.thread = threading.Thread(target=self.worker.serve, args=(self._lines(),), daemon=True)
        self.thread.start()

    def _lines(self):
        while True:
            with self.ask:
                self.ask.wait_for(lambda: self.requests)
                line = self.requests.pop(0)
            yield line

    def send(self, identity, method, **params):
        """Send a request."""
        with self.ask:
            self.requests.append(json.dumps({"id": identity, "method": method, "params": params}))
            self.ask.notify()

    def messages(self, identity):
        """What was said of a request."""
        return [m for m in map(json.loads, self.said.getvalue().splitlines()) if m.get("id") == identity]

    def wait(self, identity, wanted, seconds=120):
        """All messages of a request once one of them is as wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = self.messages(identity)
            if any(wanted(m) for m in seen):
                return seen
            time.sleep(0.02)
        raise TimeoutError(self.messages(identity)[-1:])


def ended(message):
    return message["event"] in {"result", "error"}


@pytest.fixture
def talk():
    talk = Talk()
    yield talk
    talk.send("end", "shutdown")
    talk.thread.join(10)


@pytest.fixture
def lesson(make_raster, noise, tmp_path):
    """The params of a teach request."""
    scene = make_raster(noise(rows=140, columns=140).astype(np.uint8))
    normal = {"bbox": [500_000, 5_598_600, 501_000, 5_600_000], "crs": "EPSG:32633"}
    return {"scenes": [scene], "normal": [normal], "out": str(tmp_path / "models" / "mine"), "device": "cpu"}


def test_teach_is_stopped_kept_listed_and_used(talk, lesson, tmp_path):
    talk.send("1", "teach", **lesson, name="Mine", budget_s=3600)
    seen = talk.wait("1", lambda m: ended(m) or m.get("preview"))
    assert seen[-1]["loss"]["step"] > 0
    talk.send("2", "stop", id="1")
    assert talk.wait("2", ended)[-1]["result"] == {"stopped": True}
    last = talk.wait("1", ended)[-1]
    assert last["result"]["stopped"]
    assert last["result"]["card"]["name"] == "Mine"
    talk.send("3", "models", folder=str(tmp_path / "models"))
    assert [m["name"] for m in talk.wait("3", ended)[-1]["result"]["models"] if not m["shipped"]] == ["Mine"]
    talk.send("4", "detect", scene=lesson["scenes"][0], out=str(tmp_path / "out"), detector="asd", model=lesson["out"])
    assert talk.wait("4", ended)[-1]["result"]["detector"] == "asd"
    talk.send("5", "stop", id="1")
    assert talk.wait("5", ended)[-1]["result"] == {"stopped": False}


def test_a_cancelled_lesson_leaves_nothing(talk, lesson, tmp_path):
    talk.send("1", "teach", **lesson, budget_s=3600)
    talk.wait("1", lambda m: m.get("loss"))
    talk.send("2", "cancel", id="1")
    assert talk.wait("1", ended)[-1]["error"]["code"] == "cancelled"
    assert not (tmp_path / "models").exists()


def test_a_request_without_polygons_is_refused(talk, lesson):
    del lesson["normal"]
    talk.send("1", "teach", **lesson)
    assert talk.wait("1", ended)[-1]["error"]["code"] == "bad_request"
