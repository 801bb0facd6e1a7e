"""What people see on a screen of high resolution, with a light and a dark theme, in a dock of 360 x 700."""

from __future__ import annotations

import launch
import pytest

LEGIBLE = 4.5
"""The least contrast of text by the accessibility guidelines (WCAG 2.1, level AA)."""


@pytest.fixture(scope="module", params=["default", "Night Mapping"])
def played(request, plugin_zip, tmp_path_factory):
    """The journey with a theme of QGIS."""
    folder = tmp_path_factory.mktemp("looks")
    return launch.play(
        "looks",
        folder / "profiles",
        plugin_zip,
        seconds=240,
        screen="2800x1800x24",
        QT_SCALE_FACTOR="2",
        LOOKS_OUT=str(folder),
        LOOKS_SCENE=str(launch.sample_scene()),
        LOOKS_THEME=request.param,
    )


def test_texts_are_legible(played):
    for page, facts in played.facts["pages"].items():
        assert facts["contrast"], page
        assert {name: ratio for name, ratio in facts["contrast"].items() if ratio < LEGIBLE} == {}, page


def test_nothing_is_cut_off_in_the_smallest_dock(played):
    assert played.facts["size"] == [360, 700]
    assert [facts["cut"] for facts in played.facts["pages"].values()] == [[], [], []]


def test_pictures_have_the_screens_resolution(played):
    assert played.facts["ratio"] == 2
    assert played.facts["thumbnail"] == [80, 2]


def test_qgis_reports_no_python_error(played):
    assert "Traceback" not in played.log
    assert played.exit_code == 0
