"""Where settings are remembered."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.settings import Scope, Setting
from qgis.core import QgsProject


@pytest.mark.parametrize(("default", "value"), [("a", "größe"), (1.5, 0.1), (False, True), (True, False)])
def test_values_come_back_with_their_type(default, value):
    setting = Setting("test_value", default)
    assert setting.get() == default
    setting.set(value)
    assert setting.get() == value
    assert type(setting.get()) is type(default)


def test_a_project_wins_and_the_next_one_begins_with_the_user_s(tmp_path):
    setting = Setting("test_value", "default", Scope.BOTH)
    setting.set("in project one")
    project = QgsProject.instance()
    project.write(str(tmp_path / "one.qgs"))
    project.clear()
    assert setting.get() == "in project one"
    setting.set("in project two")
    project.read(str(tmp_path / "one.qgs"))
    assert setting.get() == "in project one"


def test_what_is_the_project_s_alone_does_not_travel():
    settings.MIN_AREA.set(1000.0)
    assert settings.MIN_AREA.get() == 1000.0
    QgsProject.instance().clear()
    assert settings.MIN_AREA.get() == settings.MIN_AREA.default


def test_nonsense_in_a_file_is_the_default():
    QgsProject.instance().writeEntry("anomaly_lens", "threshold_score", "half")
    assert settings.THRESHOLD_SCORE.get() == 0.5
