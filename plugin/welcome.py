"""The dock's first page: what the plugin is, the engine's set-up where there is none, and the sample scene."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QSize, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from . import settings
from .dock import AnomalyLensDock
from .engine_env import chosen_python
from .errors import PluginError
from .help import open_help
from .messages import Messages
from .resources import icon
from .samples import sample_menu, samples
from .scroll import Scroll
from .setup.controller import EngineSetup
from .setup.panel import SetupPanel
from .setup.places import own_environment
from .wrapped import WrappedLabel

_ICON = 40


class WelcomePage(QWidget):
    """Three steps: an engine, the sample scene, the user's own layers.

    Args:
        setup: that sets the engine up.
    """

    sample_requested = pyqtSignal(object, str)
    """A sample scene's file and name."""
    left = pyqtSignal()
    """The user wants to see the dock's form."""
    options_requested = pyqtSignal()
    help_requested = pyqtSignal(str)

    def __init__(self, setup: EngineSetup) -> None:
        super().__init__()
        self.setObjectName("AnomalyLensWelcome")
        self.panel = SetupPanel(setup)
        self.engine = _paragraph("welcome_engine_label")
        self.sample = QPushButton(self.tr("Open the sam&ple scene"))
        self.sample.setObjectName("welcome_sample_button")
        self.sample.setToolTip(self.tr("A painted harbour of 640 by 480 pixels, with nine things that do not belong"))
        self.sample.clicked.connect(lambda: self.sample_requested.emit(*samples()[0]))
        self.others = QPushButton(self.tr("The same harbour by &other sensors"))
        self.others.setObjectName("welcome_other_samples_button")
        self.others.setToolTip(
            self.tr("Radar, a thermal camera, a night camera, a spectrometer: one for each modality")
        )
        self.others.setMenu(sample_menu(self, self.sample_requested.emit))
        self.own = QPushButton(self.tr("Start with &my own layers"))
        self.own.setObjectName("welcome_own_button")
        self.own.setToolTip(self.tr("Go to the form; this page does not come again while the engine works"))
        self.own.clicked.connect(self.left)
        links = _paragraph("welcome_links_label")
        links.setText(
            '<a href="using-the-dock.md">{use}</a> · <a href="troubleshooting.md">{trouble}</a> · '
            '<a href="options">{options}</a>'.format(
                use=self.tr("How to use it"), trouble=self.tr("When something is wrong"), options=self.tr("Options")
            )
        )
        links.linkActivated.connect(self._follow)
        picture = QLabel()
        picture.setPixmap(icon("anomaly_lens").pixmap(QSize(_ICON, _ICON)))
        title = QLabel(self.tr("Anomaly Lens"))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        title.setFont(font)
        head = QHBoxLayout()
        head.addWidget(picture)
        head.addWidget(title, 1)
        about = _paragraph("welcome_about_label")
        about.setText(
            self.tr("Finds what does not belong in an image, all on this computer: no imagery leaves it. Three steps:")
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(about)
        layout.addWidget(_heading(self.tr("1. The engine")))
        layout.addWidget(self.engine)
        layout.addWidget(self.panel)
        layout.addWidget(_heading(self.tr("2. Try it")))
        layout.addWidget(self.sample)
        layout.addWidget(self.others)
        layout.addWidget(_heading(self.tr("3. Your images")))
        layout.addWidget(self.own)
        layout.addStretch(1)
        layout.addWidget(links)
        self.show_engine(self.tr("Starting the engine…"))

    def show_engine(self, text: str, missing: bool = False) -> None:
        """Say how the engine is.

        Args:
            text: one or two sentences.
            missing: whether it has to be set up before anything else.
        """
        self.engine.setText(text)
        self.panel.setVisible(missing)
        for button in (self.sample, self.others, self.own):
            button.setEnabled(not missing)

    def _follow(self, link: str) -> None:
        if link == "options":
            self.options_requested.emit()
        else:
            self.help_requested.emit(link)


class Welcome(QStackedWidget):
    """Shows the welcome in front of the dock's own content: at the first start, and where there is no engine.

    Args:
        iface: QGIS.
        dock: whose content it becomes, and keeps.
        setup: that sets the engine up.
        messages: that show details of errors.
    """

    options_requested = pyqtSignal()

    def __init__(self, iface: QgisInterface, dock: AnomalyLensDock, setup: EngineSetup, messages: Messages) -> None:
        super().__init__()
        self._iface = iface
        self._dock = dock
        self._messages = messages
        self._content = dock.widget()
        self.page = WelcomePage(setup)
        self._scroll = scroll = Scroll(self.page)
        self.addWidget(self._content)
        self.addWidget(scroll)
        dock.setWidget(self)
        dock.engine_missing.connect(self._engine_missing)
        dock.engine_ready.connect(self._engine_ready)
        self.page.sample_requested.connect(self.open_sample)
        self.page.left.connect(self.leave)
        self.page.options_requested.connect(self.options_requested)
        self.page.help_requested.connect(lambda page: open_help(page, iface.mainWindow()))
        self.page.panel.details_requested.connect(self._show_details)
        if not settings.WELCOMED.get():
            self.setCurrentWidget(scroll)

    def open_sample(self, path: Path, name: str) -> None:
        """Load a sample scene, choose it in the dock, and show the form: Run is the next click."""
        layer = QgsRasterLayer(str(path), name)
        QgsProject.instance().addMapLayer(layer)
        self._dock.form.layer_picker.choose(layer)
        self._iface.setActiveLayer(layer)
        self._iface.zoomToActiveLayer()
        self.leave()

    def leave(self) -> None:
        """Show the form, and do not begin with the welcome again."""
        settings.WELCOMED.set(True)
        self.setCurrentWidget(self._content)
        self._dock.form.run_button.setFocus()

    def _engine_missing(self, error: PluginError) -> None:
        text = error.message
        if own_environment() is None and not chosen_python():
            text = self.tr("Detection runs in an engine outside QGIS, which is not set up yet.")
        self.page.show_engine(text, missing=True)
        self.page.engine.setToolTip(str(error))
        self.setCurrentWidget(self._scroll)

    def _engine_ready(self) -> None:
        self.page.show_engine(self.tr("✓ The engine is ready."))
        self.page.engine.setToolTip("")
        if settings.WELCOMED.get():
            self.setCurrentWidget(self._content)

    def _show_details(self, error: PluginError) -> None:
        self._messages.open_log(str(error), error.details)


def _paragraph(name: str) -> WrappedLabel:
    label = WrappedLabel()
    label.setObjectName(name)
    return label


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
