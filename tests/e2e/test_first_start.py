"""The first start of somebody who has QGIS and nothing else."""

from __future__ import annotations

import os

import launch
import pytest


@pytest.fixture(scope="module")
def played(tmp_path_factory, plugin_zip):
    """The journey: up to the offer, or, where SETUP is set, all the way to a detection."""
    out = tmp_path_factory.mktemp("first start with späces")
    more = {} if os.environ.get("SETUP") else {"SETUP_STOPS": "1"}
    return launch.play(
        "first_start",
        out / "qgis",
        plugin_zip,
        seconds=1800,
        settings=launch.FIRST_START,
        SETUP_OUT=os.environ.get("SETUP_OUT", str(out)),
        ANOMALY_LENS_PYTHON="",
        ANOMALY_LENS_HOME=str(out / "home"),
        **more,
    )


def test_the_dock_welcomes_and_offers_to_set_up_the_engine(played):
    assert "not set up yet" in played.facts["missing"]
    assert "GB to" in played.facts["plan"]
    assert not played.facts["sample_enabled"], "nothing can be run yet"


def test_qgis_reports_no_python_error_and_closes(played):
    assert "Traceback" not in played.log
    assert played.exit_code == 0


@pytest.mark.skipif(not os.environ.get("SETUP"), reason="hundreds of megabytes: make matrix SETUP=yes")
def test_one_click_later_the_sample_scene_is_searched(played):
    facts = played.facts
    assert facts["said"] == "Done."
    assert "ready" in facts["ready"]
    assert facts["modality"] == "visible"
    assert len(facts["run"]["anomalies"]["rows"]) > 0
    assert facts["run"]["group"].startswith("Sample: harbour")
    assert facts["device"].startswith(("CPU", "NVIDIA"))
