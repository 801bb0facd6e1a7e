"""The dock "Anomaly review": a run of the project, and pages to work on it."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgisInterface, QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from ..results import NEWS, files_missing, is_result
from ..run_combo import RunCombo
from ..runs import Run, project_runs, show_alone, titles
from ..scroll import Scroll
from ..timers import once

Page = tuple[str, QWidget]
"""A title, and a widget with a method ``set_run(run: Run | None)``."""


# Room for the list's columns.
_LEAST_WIDTH = 350


class ReviewDock(QgsDockWidget):
    """Lets people choose a run, and hands it to each page.

    Args:
        iface: QGIS.
        pages: the tabs, in order.
    """

    def __init__(self, iface: QgisInterface, pages: list[Page]) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("AnomalyLensReview")
        self.setWindowTitle(self.tr("Anomaly review"))
        self._pages = [page for _title, page in pages]
        self._runs: list[Run] = []
        self._run: Run | None = None
        # Ids of polygons: of the run that people will want to see when they come here, and of the one to turn to.
        self._expected = self._wanted = ""
        self._in_front = False
        self._build(pages)
        # Layers come, go and are renamed in bursts: the list of runs is made once after each.
        self._refresh_soon = once(self, 0, self.refresh)
        self.runs.activated.connect(self._run_chosen)
        self.visibilityChanged.connect(self._visibility_changed)
        project = QgsProject.instance()
        project.layersAdded.connect(self._layers_added)
        self._layers_added(list(project.mapLayers().values()))
        NEWS.dressed.connect(self._layers_changed)
        project.layersWillBeRemoved.connect(self._layers_go)
        project.layersRemoved.connect(self._layers_changed)
        project.layerTreeRoot().nameChanged.connect(self._layers_changed)

    def _build(self, pages: list[Page]) -> None:
        content = QWidget()
        content.setObjectName("AnomalyLensReviewContent")
        content.setMinimumWidth(_LEAST_WIDTH)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        self.runs = RunCombo()
        self.runs.setObjectName("review_run_combo")
        self.runs.setAccessibleName(self.tr("Run"))
        self.runs.setToolTip(self.tr("The run to work on: all results of this project"))
        self.nothing = QLabel()
        self.nothing.setObjectName("review_nothing_label")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("review_tabs")
        self.tabs.setDocumentMode(True)
        for title, page in pages:
            self.tabs.addTab(page, title)
        layout.addWidget(self.runs)
        layout.addWidget(self.nothing)
        layout.addWidget(self.tabs, 1)
        self.setWidget(Scroll(content))

    def release(self) -> None:
        """Let go of the project and of the run; before the dock is deleted."""
        self._refresh_soon.stop()
        project = QgsProject.instance()
        project.layersAdded.disconnect(self._layers_added)
        NEWS.dressed.disconnect(self._layers_changed)
        project.layersWillBeRemoved.disconnect(self._layers_go)
        project.layersRemoved.disconnect(self._layers_changed)
        project.layerTreeRoot().nameChanged.disconnect(self._layers_changed)
        self._show_run(None)

    def open_run(self, layer_id: str = "") -> None:
        """Come to the front with a run.

        Args:
            layer_id: of its polygons; empty: the one that is expected, or shown, else the topmost.
        """
        self._expected = layer_id or self._expected
        self.setUserVisible(True)
        self._turn_to_expected()
        self._refresh_soon.stop()
        self.refresh()
        # It may be gone, and another one be shown instead.
        if self._run is not None and self._run.anomalies.id() == layer_id:
            show_alone(self._run, QgsProject.instance())
        self.tabs.setCurrentIndex(0)
        # The first key decides already.
        self.tabs.currentWidget().setFocus()

    def take_keyboard(self) -> None:
        """Bring the keyboard to the page that is seen."""
        self._refresh_soon.stop()
        # Pages are hidden until there is a run.
        self.refresh()
        self.tabs.currentWidget().setFocus()

    def expect(self, layer_id: str) -> None:
        """Show a run as soon as somebody comes here; who is at work on another one is not disturbed.

        Args:
            layer_id: of its polygons.
        """
        self._expected = layer_id

    def _visibility_changed(self, visible: bool) -> None:
        # Qt calls a dock visible that lies behind another one's tab.
        self._in_front = visible
        if visible:
            self._turn_to_expected()
        self._refresh_soon.start()

    def _turn_to_expected(self) -> None:
        self._wanted, self._expected = self._expected or self._wanted, ""

    def refresh(self) -> None:
        """List the project's runs; the chosen one stays chosen while it is there."""
        if not self._in_front:
            # Nobody looks: reading the files of a project's runs can wait.
            return
        self._runs = project_runs(QgsProject.instance())
        self.runs.clear()
        for run, title in zip(self._runs, titles(self._runs)):
            self.runs.addItem(title, run.anomalies.id())
        by_id = {run.anomalies.id(): run for run in self._runs}
        shown = "" if self._run is None else self._run.anomalies.id()
        run = by_id.get(self._wanted) or by_id.get(shown) or next(iter(self._runs), None)
        self._wanted = ""
        self._show_run(run)
        missing = files_missing(QgsProject.instance())
        none = self.tr("There are no results in this project. Search a layer first.")
        self.nothing.setText(none if missing is None else str(missing))
        self.nothing.setVisible(run is None)
        self.tabs.setVisible(run is not None)
        self.runs.setEnabled(bool(self._runs))

    def at_work(self) -> list[str]:
        """The id of the polygon layer that somebody sees here; empty where nobody looks."""
        return [self._run.anomalies.id()] if self._in_front and self._run is not None else []

    def _run_chosen(self, row: int) -> None:
        self._show_run(self._runs[row])
        show_alone(self._runs[row], QgsProject.instance())

    def _show_run(self, run: Run | None) -> None:
        if run is not None:
            self.runs.setCurrentIndex(self.runs.findData(run.anomalies.id()))
        if run != self._run:
            self._run = run
            for page in self._pages:
                page.set_run(run)

    def _layers_added(self, layers: list[QgsMapLayer]) -> None:
        for layer in layers:
            if is_result(layer) and not layer.isValid():
                # Its file is missing; somebody may say where it is now.
                layer.isValidChanged.connect(self._layers_changed)
        self._refresh_soon.start()

    def _layers_changed(self, *_what: object) -> None:
        self._refresh_soon.start()

    def _layers_go(self, layer_ids: list[str]) -> None:
        # Before they are deleted: pages let go of them.
        if self._run is None:
            return
        gone = set(layer_ids)
        heatmap = self._run.heatmap
        if self._run.anomalies.id() in gone or (heatmap is not None and heatmap.id() in gone):
            self._show_run(None)
