"""Shows the plugin in the language of QGIS, what the engine says included.

``resources/i18n`` has a Qt translation per language: the compiled one is Qt's affair. The engine speaks English; its
sentences, found in the source by ``make translations``, stand in the context "Engine" with ``{0}``, ``{1}``, … where
it fills in names and numbers. An answer that fits one of them is put in the user's language as it arrives.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

from .engine_env import PLUGIN_ROOT

FOLDER = PLUGIN_ROOT / "resources" / "i18n"
ENGINE_CONTEXT = "Engine"

# What people read of the engine's answers; the rest are names, paths and numbers.
_TEXT_KEYS = {"message", "hint", "label", "description", "reason", "warnings"}
_PLACE = re.compile(r"\{(\d+)\}")


class EngineTexts:
    """What the engine says, in the user's language.

    Args:
        translations: of each sentence of the engine.
    """

    def __init__(self, translations: dict[str, str]) -> None:
        self._plain = {source: text for source, text in translations.items() if not _PLACE.search(source)}
        # The one with the most words of its own is tried first.
        others = sorted(set(translations) - set(self._plain), key=lambda source: -len(_PLACE.sub("", source)))
        self._patterns = [(_pattern(source), translations[source]) for source in others]

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """An answer of the engine with its sentences translated.

        Args:
            event: as it arrived.
        """
        return {key: self._value(value, key in _TEXT_KEYS) for key, value in event.items()} if self._plain else event

    def text(self, text: str) -> str:
        """One sentence; unknown ones stay as they are.

        Args:
            text: in English, filled in.
        """
        if text in self._plain:
            return self._plain[text]
        for pattern, translation in self._patterns:
            match = pattern.fullmatch(text)
            if match:
                return translation.format(*(self.text(part) for part in match.groups()))
        return text

    def _value(self, value: Any, is_text: bool) -> Any:  # noqa: ANN401 - whatever JSON holds
        if isinstance(value, dict):
            return {key: self._value(part, key in _TEXT_KEYS) for key, part in value.items()}
        if isinstance(value, list):
            return [self._value(part, is_text) for part in value]
        return self.text(value) if is_text and isinstance(value, str) else value


def install_translator(locale: str = "") -> QTranslator | None:
    """Translate the plugin into QGIS's language, where it can be.

    Args:
        locale: such as "zh-Hans" or "es_MX"; QGIS's own where empty.

    Returns:
        The translator, to be removed when the plugin goes; None where the plugin stays English.
    """
    path = _compiled(locale)
    translator = QTranslator()
    if not path.exists() or not translator.load(str(path)):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def engine_texts(locale: str = "") -> EngineTexts:
    """The engine's sentences in QGIS's language; none where the plugin stays English.

    Args:
        locale: as for :func:`install_translator`.
    """
    path = _compiled(locale).with_suffix(".ts")
    if not path.exists():
        return EngineTexts({})
    translations = {}
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314  # nosec B314 - the plugin's own file
        if context.findtext("name") == ENGINE_CONTEXT:
            for message in context.iter("message"):
                source, text = message.findtext("source", ""), message.findtext("translation", "")
                if text:
                    translations[source] = text
    return EngineTexts(translations)


def _compiled(locale: str) -> Path:
    language = re.split("[-_]", locale or QgsApplication.locale())[0]
    return FOLDER / f"anomaly_lens_{language}.qm"


def _pattern(source: str) -> re.Pattern[str]:
    pieces = _PLACE.split(source)[::2]
    return re.compile("(.*?)".join(re.escape(piece) for piece in pieces), re.DOTALL)
