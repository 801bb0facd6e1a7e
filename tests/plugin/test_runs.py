"""Runs in the background: progress, several layers, cancelling, and everything that may go away meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from anomaly_lens.plugin import exchange, runner
from anomaly_lens.plugin.runner import Runner
from anomaly_lens.plugin.sources import snapshot
from anomaly_lens.plugin.task import Job
from qgis.core import QgsCoordinateTransformContext, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QObject


class Recorder(QObject):
    """Starts runs and writes down what they tell."""

    def __init__(self, engine) -> None:
        super().__init__()
        self.runner = Runner(engine, self)
        self.progress, self.items, self.ends = [], [], []
        self.runner.progressed.connect(self.progress.append)
        self.runner.item_ended.connect(self.items.append)
        self.runner.ended.connect(self.ends.append)

    def start(self, *layers) -> None:  # noqa: D102
        context = QgsCoordinateTransformContext()
        self.runner.start([Job(snapshot(layer, 1.0, context), {"out": "results"}) for layer in layers])

    @property
    def codes(self):  # noqa: D102
        return [outcome.error.code if outcome.error else None for outcome in self.items]


@pytest.fixture
def record(make_engine):
    recorders = []

    def make(mode="normal"):
        recorder = Recorder(make_engine(mode))
        recorders.append(recorder)
        return recorder

    yield make
    for recorder in recorders:
        recorder.runner.shutdown(2.0)


def add_layer(path: Path, name: str) -> QgsRasterLayer:
    layer = QgsRasterLayer(str(path), name)
    QgsProject.instance().addMapLayer(layer)
    return layer


def test_a_run_tells_progress_and_its_result(record, scene_layer, scene_file, wait_until):
    run = record()
    run.start(scene_layer)
    assert run.runner.running
    wait_until(lambda: run.ends)
    assert not run.runner.running
    assert run.items[0].result["echo"]["scene"] == str(scene_file)
    assert "area" not in run.items[0].result["echo"]
    fractions = [p.fraction for p in run.progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(0.9)
    assert run.progress[-1].text == "Scoring"
    assert run.progress[-1].remaining == pytest.approx(0.1)


def test_one_failing_layer_does_not_stop_the_others(record, tmp_path, write_scene, wait_until):
    layers = [add_layer(write_scene(tmp_path / f"{name}.tif"), name) for name in ("one", "broken", "three")]
    run = record()
    run.start(*layers)
    wait_until(lambda: run.ends)
    assert run.codes == [None, "no_valid_pixels", None]
    assert [outcome.job.source.name for outcome in run.ends[0]] == ["one", "broken", "three"]
    fractions = [p.fraction for p in run.progress]
    assert fractions == sorted(fractions)
    assert run.progress[0].text.startswith("1/3")


def test_cancel_reaches_the_engine_and_leaves_the_rest(record, tmp_path, write_scene, wait_until):
    layers = [add_layer(write_scene(tmp_path / f"{name}.tif"), name) for name in ("one", "two")]
    run = record("slow")
    run.start(*layers)
    wait_until(lambda: any(p.text.endswith("Scoring") for p in run.progress))
    run.runner.cancel()
    wait_until(lambda: run.ends)
    assert run.codes == ["cancelled"]


@pytest.mark.parametrize("mode", ["slow", "deaf"])
def test_cancel_ends_a_run_also_where_the_engine_is_deaf(record, scene_layer, wait_until, mode):
    # The promise to the user is a second: what is left of the killed process is waited for no longer.
    assert 1000 * exchange.KILL_AFTER_S < runner._GIVE_UP_MS < 1000
    run = record(mode)
    run.start(scene_layer)
    wait_until(lambda: any(p.text == "Scoring" for p in run.progress))
    run.runner.cancel()
    wait_until(lambda: run.ends)
    assert not run.runner.running


def test_after_a_deaf_engine_the_next_run_has_a_new_one(record, scene_layer, tmp_path, wait_until, is_running):
    run = record(["deaf", "normal"])
    run.start(scene_layer)
    wait_until(lambda: any(p.text == "Scoring" for p in run.progress))
    run.runner.cancel()
    wait_until(lambda: run.ends)
    wait_until(lambda: not is_running(int((tmp_path / "started").read_text().split()[0])))
    run.start(scene_layer)
    wait_until(lambda: len(run.ends) == 2)
    assert run.items[-1].result is not None


def test_a_dying_engine_is_told_with_its_last_words(record, scene_layer, wait_until):
    run = record("dying")
    run.start(scene_layer)
    wait_until(lambda: run.ends)
    error = run.items[0].error
    assert error.code == "worker_died"
    assert "last words" in error.details
    assert error.hint


def test_a_layer_may_go_in_mid_run(record, scene_layer, wait_until):
    run = record("slow")
    run.start(scene_layer)
    wait_until(lambda: any(p.text == "Scoring" for p in run.progress))
    QgsProject.instance().removeMapLayer(scene_layer.id())
    assert run.runner.running
    run.runner.cancel()
    wait_until(lambda: run.ends)
    assert run.codes == ["cancelled"]


def test_a_result_for_a_layer_that_is_gone_still_comes(record, scene_layer, wait_until):
    run = record()
    run.start(scene_layer)
    QgsProject.instance().removeMapLayer(scene_layer.id())
    wait_until(lambda: run.ends)
    assert run.items[0].result is not None


def test_closing_the_project_ends_the_run_without_results(record, scene_layer, wait_until):
    run = record("slow")
    run.start(scene_layer)
    wait_until(lambda: any(p.text == "Scoring" for p in run.progress))
    QgsProject.instance().clear()
    assert run.ends == [[]]
    assert not run.runner.running
    assert run.items == []


def test_shutdown_in_mid_run_leaves_no_process(make_engine, scene_layer, tmp_path, wait_until, is_running):
    run = Recorder(make_engine("deaf"))
    run.start(scene_layer)
    wait_until(lambda: any(p.text == "Scoring" for p in run.progress))
    run.runner.shutdown(2.0)
    run.runner._engine.close(0.2)
    pid = int((tmp_path / "started").read_text().split()[0])
    wait_until(lambda: not is_running(pid))
    assert run.ends == []


def test_a_layer_that_is_no_file_is_exported_first(record, scene_file, wait_until):
    layer = add_layer(f"{scene_file}|option:NUM_THREADS=1", "with options")
    run = record()
    run.start(layer)
    wait_until(lambda: run.ends)
    echo = run.items[0].result["echo"]
    assert Path(echo["scene"]).name == "with_options.tif"
    assert str(scene_file) in echo["source"]
    assert not Path(echo["scene"]).exists()
    assert any("Exporting" in p.text for p in run.progress)
