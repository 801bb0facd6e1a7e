"""The client of the engine's process, against processes that behave well and badly."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from anomaly_lens.plugin.engine import Engine
from anomaly_lens.plugin.engine_env import PLUGIN_ROOT, Launch
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.exchange import Exchange
from anomaly_lens.plugin.setup.processes import run

FAKE_WORKER = Path(__file__).parent / "fake_worker.py"


def ask(engine, method, params=None):
    events = queue.SimpleQueue()
    request = engine.request(method, params or {}, events.put)
    return request, events


def last(events, timeout=15.0):
    while True:
        event = events.get(timeout=timeout)
        if event["event"] in ("result", "error"):
            return event


def started(tmp_path: Path) -> list[int]:
    return [int(line) for line in (tmp_path / "started").read_text().split()]


def test_answers_and_keeps_one_process_warm(make_engine, tmp_path):
    engine = make_engine()
    first = last(ask(engine, "ping")[1])["result"]["pid"]
    second = last(ask(engine, "ping")[1])["result"]["pid"]
    assert first == second
    assert started(tmp_path) == [first]


def test_progress_comes_before_the_result(make_engine):
    _, events = ask(make_engine(), "detect", {"scene": "größe.tif"})
    kinds = [events.get(timeout=15)]
    while kinds[-1]["event"] == "progress":
        kinds.append(events.get(timeout=15))
    assert [e["event"] for e in kinds] == ["progress", "progress", "result"]
    assert kinds[-1]["result"]["echo"]["scene"] == "größe.tif"


def test_other_requests_are_answered_while_one_runs(make_engine):
    engine = make_engine("slow")
    request, events = ask(engine, "detect", {"scene": "a.tif"})
    assert events.get(timeout=15)["event"] == "progress"
    assert last(ask(engine, "info", {"scene": "b.tif"})[1])["result"]["path"] == "b.tif"
    request.cancel()
    assert last(events)["error"]["code"] == "cancelled"


def test_output_that_is_no_message_is_logged(make_engine):
    engine = make_engine("noisy")
    assert last(ask(engine, "ping")[1])["event"] == "result"
    assert "something printed" in engine._worker.log_tail()


def test_death_is_reported_with_last_words_and_the_next_request_starts_afresh(make_engine, tmp_path):
    engine = make_engine(["dying", "normal"])
    _, events = ask(engine, "detect", {"scene": "a.tif"})
    error = last(events)["error"]
    assert error["code"] == "worker_died"
    assert "3" in error["message"]
    assert "last words: größer" in error["details"]
    assert last(ask(engine, "detect", {"scene": "a.tif"})[1])["event"] == "result"
    assert len(started(tmp_path)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there, a process that is ended has no signal")
def test_what_the_system_ends_is_told_with_the_likely_cause_and_not_sent_again(make_engine, tmp_path):
    engine = make_engine(["slow", "normal"])
    _, run = ask(engine, "detect", {"scene": "a.tif"})
    assert run.get(timeout=15)["event"] == "progress"
    _, waiting = ask(engine, "polygonize", {"heatmap": "h.tif"})
    os.kill(started(tmp_path)[0], signal.SIGKILL)
    for events in (run, waiting):
        error = last(events)["error"]
        assert error["code"] == "worker_died"
        assert "memory" in error["hint"]


def test_killing_a_deaf_worker_ends_its_request_as_cancelled(make_engine, tmp_path, wait_until, is_running):
    engine = make_engine("deaf")
    request, events = ask(engine, "detect", {"scene": "a.tif"})
    assert events.get(timeout=15)["event"] == "progress"
    request.cancel()
    request.kill()
    assert last(events)["error"]["code"] == "cancelled"
    (pid,) = started(tmp_path)
    wait_until(lambda: not is_running(pid))


def test_what_waited_for_a_request_that_had_to_be_killed_is_done_by_a_new_process(make_engine, tmp_path):
    engine = make_engine(["deaf", "normal"])
    request, events = ask(engine, "detect", {"scene": "a.tif"})
    assert events.get(timeout=15)["event"] == "progress"
    _, waiting = ask(engine, "detect", {"scene": "b.tif"})
    _, question = ask(engine, "catalog")
    request.cancel()
    assert request.kill()
    # As where somebody presses Run the moment that Cancel has done its work.
    _, soon = ask(engine, "detect", {"scene": "c.tif"})
    assert last(events)["error"]["code"] == "cancelled"
    assert last(waiting)["result"]["echo"]["scene"] == "b.tif"
    assert last(question)["result"]["detectors"]
    assert last(soon)["result"]["echo"]["scene"] == "c.tif"
    assert len(started(tmp_path)) == 2


def test_a_cancel_never_costs_anybody_elses_work(make_engine, tmp_path, is_running):
    engine = make_engine("slow")
    run, events = ask(engine, "detect", {"scene": "a.tif"})
    assert events.get(timeout=15)["event"] == "progress"
    polygons = Exchange(engine, "polygonize", {"heatmap": "h.tif", "out": "o.gpkg"})
    with pytest.raises(PluginError) as caught:
        polygons.result(lambda _event: None, lambda: True)
    assert caught.value.code == "cancelled"
    assert is_running(started(tmp_path)[0])
    run.cancel()
    assert last(events)["error"]["code"] == "cancelled"


def test_polygons_that_are_cancelled_end_the_process_where_nobody_else_needs_it(
    make_engine, tmp_path, wait_until, is_running
):
    engine = make_engine("slow")
    last(ask(engine, "ping")[1])
    polygons = Exchange(engine, "polygonize", {"heatmap": "h.tif", "out": "o.gpkg"})
    with pytest.raises(PluginError) as caught:
        polygons.result(lambda _event: None, lambda: True)
    assert caught.value.code == "cancelled"
    wait_until(lambda: not is_running(started(tmp_path)[0]))


def test_killing_ends_the_process_behind_a_script_too(tmp_path, wait_until, is_running):
    # As of QGIS's python-qgis.bat, or of a script that loads modules first: the process that is killed is the shell's.
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\n"{sys.executable}" "{FAKE_WORKER}" slow\n:\n')
    script.chmod(0o755)
    environment = {**os.environ, "FAKE_STARTED": str(tmp_path / "started")}
    engine = Engine(lambda: Launch((str(script),), environment), lambda _line: None)
    request, events = ask(engine, "detect", {"scene": "a.tif"})
    assert events.get(timeout=15)["event"] == "progress"
    (pid,) = started(tmp_path)
    request.kill()
    assert last(events)["event"] == "error"
    wait_until(lambda: not is_running(pid))
    engine.close(0.5)


def test_the_engine_starts_where_the_folder_that_qgis_was_started_in_is_gone(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    says = (
        "import os, json; print(json.dumps({'id': '1', 'event': 'result', 'result': {'in': os.getcwd()}}), flush=True)"
    )
    engine = Engine(lambda: Launch((sys.executable, "-c", says), dict(os.environ)), lambda _line: None)
    assert last(ask(engine, "ping")[1])["result"]["in"] == str(PLUGIN_ROOT)
    code, said = run((sys.executable, "-c", "import os; print(os.getcwd())"), os.environ, threading.Event())
    assert (code, said) == (0, str(PLUGIN_ROOT))
    engine.close(0.5)


def test_fatal_is_what_every_request_gets(make_engine):
    error = last(ask(make_engine("fatal"), "catalog")[1])["error"]
    assert error["code"] == "engine_incomplete"
    assert error["message"] == "This Python has no torch."
    assert error["hint"] == "Install it."
    assert error["details"] == "fake worker fatal"


def test_a_silent_process_is_given_up(make_engine):
    error = last(ask(make_engine("silent", ready_within=0.5), "catalog")[1])["error"]
    assert error["code"] == "no_engine"
    assert sys.executable in error["message"]
    assert "Options" in error["hint"]


def test_a_program_that_is_none_is_reported(tmp_path):
    engine = Engine(lambda: Launch((str(tmp_path / "nope"),), {}), lambda _line: None)
    error = last(ask(engine, "ping")[1])["error"]
    assert error["code"] == "no_engine"
    assert str(tmp_path / "nope") in error["message"]


def test_an_environment_whose_python_is_gone_is_told_as_such():
    # What the launcher of an environment does on Windows when the QGIS that it was made from has been updated.
    code = "import sys; print('No Python at C:/QGIS/python.exe', file=sys.stderr); sys.exit(103)"
    command = (sys.executable, "-c", code)
    engine = Engine(lambda: Launch(command, dict(os.environ)), lambda _line: None)
    error = last(ask(engine, "catalog")[1])["error"]
    assert error["code"] == "engine_incomplete"
    assert sys.executable in error["message"]
    assert "Repair" in error["hint"]
    assert "103" in error["message"]
    assert error["details"] == "No Python at C:/QGIS/python.exe"
    engine.close(0.5)


def test_closing_ends_the_process_and_refuses_more(make_engine, tmp_path, wait_until, is_running):
    engine = make_engine()
    last(ask(engine, "ping")[1])
    engine.close(5.0)
    (pid,) = started(tmp_path)
    wait_until(lambda: not is_running(pid))
    assert last(ask(engine, "ping")[1])["event"] == "error"


def test_closing_kills_a_deaf_process(make_engine, tmp_path, wait_until, is_running):
    engine = make_engine("deaf")
    _, events = ask(engine, "detect", {"scene": "a.tif"})
    events.get(timeout=15)
    engine.close(0.2)
    assert last(events)["error"]["code"] == "cancelled"
    (pid,) = started(tmp_path)
    wait_until(lambda: not is_running(pid))


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_a_killed_process_left_half_written_is_removed(make_engine, tmp_path, cancelled):
    engine = make_engine("deaf")
    out = tmp_path / "out"
    others = out / ".anomaly_lens_1_other"
    others.mkdir(parents=True)
    request, events = ask(engine, "detect", {"scene": "a.tif", "out": str(out)})
    events.get(timeout=15)
    if cancelled:
        # It is gone before anybody has to kill it.
        request.cancel()
        os.kill(started(tmp_path)[0], signal.SIGTERM)
    else:
        request.kill()
    assert last(events)["event"] == "error"
    assert list(out.iterdir()) == [others]


def test_what_a_killed_teaching_left_beside_the_model_to_be_is_removed(make_engine, tmp_path):
    models = tmp_path / "models"
    request, events = ask(make_engine("deaf"), "teach", {"scenes": ["a.tif"], "out": str(models / "forest")})
    events.get(timeout=15)
    assert len(list(models.iterdir())) == 1
    request.kill()
    assert last(events)["event"] == "error"
    assert list(models.iterdir()) == []


def test_what_a_process_that_died_left_is_kept_to_go_on_from(make_engine, tmp_path):
    out = tmp_path / "out"
    _, events = ask(make_engine("dying"), "detect", {"scene": "a.tif", "out": str(out)})
    assert last(events)["error"]["code"] == "worker_died"
    assert len(list(out.iterdir())) == 1


def test_restart_takes_a_new_process(make_engine, tmp_path):
    engine = make_engine()
    last(ask(engine, "ping")[1])
    engine.restart()
    last(ask(engine, "ping")[1])
    assert len(set(started(tmp_path))) == 2


@pytest.mark.parametrize("mode", ["slow", "silent"])
def test_closing_comes_back_when_all_listeners_were_called(make_engine, mode):
    engine = make_engine(mode)
    told = []

    def listen(event):
        if event["event"] == "error":
            time.sleep(0.1)
            told.append(event)

    engine.request("detect", {"scene": "a.tif"}, listen)
    engine.close(0.0)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("method", "params"), [("detect", {"scene": "x.tif"}), ("evaluate", {"scores": "x.tif", "labels": {}})]
)
def test_restart_waits_for_the_end_of_work(make_engine, tmp_path, method, params):
    engine = make_engine(["slow", "normal"])
    renewals = []
    request, events = ask(engine, method, params)
    assert events.get(timeout=15)["event"] == "progress"
    engine.restart(lambda: renewals.append(True))
    assert not renewals
    assert last(ask(engine, "ping")[1])["event"] == "result"
    assert len(started(tmp_path)) == 1
    request.cancel()
    assert last(events)["error"]["code"] == "cancelled"
    assert renewals == [True]
    last(ask(engine, "ping")[1])
    assert len(set(started(tmp_path))) == 2


def test_restart_gives_up_questions(make_engine):
    engine = make_engine(["silent", "normal"])
    _, events = ask(engine, "catalog")
    engine.restart()
    assert last(ask(engine, "catalog")[1])["event"] == "result"
    # Nobody is told that an engine died, which was ended since options changed.
    assert last(events)["error"]["code"] == "cancelled"


def test_an_engine_that_is_closed_is_not_renewed(make_engine):
    engine = make_engine("slow")
    renewals = []
    _, events = ask(engine, "detect", {"scene": "x.tif"})
    events.get(timeout=15)
    engine.restart(lambda: renewals.append(True))
    engine.close(0.2)
    assert last(events)["event"] == "error"
    assert not renewals


@pytest.mark.parametrize("size", [300_000])
def test_a_request_larger_than_the_pipe_does_not_block(make_engine, size):
    _, events = ask(make_engine(), "detect", {"scene": "x" * size})
    assert len(last(events)["result"]["echo"]["scene"]) == size


def test_an_engine_is_busy_while_it_makes_something(make_engine, tmp_path):
    engine = make_engine("slow")
    assert not engine.busy
    request, events = ask(engine, "detect", {"scene": "x.tif", "out": str(tmp_path / "out")})
    assert engine.busy
    request.cancel()
    last(events)
    assert not engine.busy
