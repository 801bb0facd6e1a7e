"""What algorithms let people choose from, known without an engine.

Models and scripts store the place in the list: new entries go at the end. A test holds the lists to the engine's
catalog.
"""

from __future__ import annotations

from qgis.core import QgsProcessingParameterEnum
from qgis.PyQt.QtCore import QCoreApplication

translate = QCoreApplication.translate


def detectors() -> list[tuple[str, str]]:
    """Names and labels; the first is every modality's own default."""
    return [
        ("uniadrs", translate("Engine", "UniADRS (pretrained)")),
        ("rx", translate("Engine", "RX (global)")),
        ("local_rx", translate("Engine", "RX (local, dual window)")),
        ("crd", translate("Engine", "CRD (collaborative representation)")),
        ("asd", translate("Engine", "ASD (taught what is normal)")),
        ("mask_dino_ada", translate("Engine", "Mask DINO^Ada (objects)")),
        ("mask2former_ada", translate("Engine", "Mask2Former^Ada (objects)")),
    ]


def detector_label(name: str) -> str:
    """What people call a detector; a name that this plugin does not know stays.

    Args:
        name: the engine's.
    """
    return dict(detectors()).get(name, name)


def modalities() -> list[tuple[str | None, str]]:
    """Names and labels; the first stands for what the layer suggests."""
    return [
        (None, translate("Toolbox", "As the layer suggests")),
        ("hyperspectral", translate("Engine", "Hyperspectral")),
        ("visible", translate("Engine", "Visible and multispectral")),
        ("sar", translate("Engine", "SAR")),
        ("infrared", translate("Engine", "Infrared")),
        ("low_light", translate("Engine", "Low light")),
    ]


def choice(name: str, title: str, entries: list[tuple[str | None, str]]) -> QgsProcessingParameterEnum:
    """A parameter whose value is the place in a list, at first the first."""
    return QgsProcessingParameterEnum(name, title, [label for _, label in entries], defaultValue=0)
