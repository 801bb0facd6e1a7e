"""Every text that people see stands in every language, whole and with its placeholders."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from qgis.PyQt.QtCore import QTranslator

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("anomaly_lens_translations", ROOT / ".ci" / "translations.py")
translations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(translations)

PLACES = re.compile(r"\{[^{}]*\}")
ts_files = pytest.mark.parametrize("language", translations.LANGUAGES)


def ts(language: str) -> dict[tuple[str, str], str]:
    return translations.read(translations.FOLDER / f"anomaly_lens_{language}.ts")


@ts_files
def test_no_text_is_missing_or_left_over(language: str) -> None:
    assert set(ts(language)) == translations.texts(), "run `make translations`"


WINDOWS = {
    "ModelRow": ("DockForm",),
    "SetupPanel": ("OptionsPage", "WelcomePage"),
}
"""Where classes are seen that are no window of their own."""


@ts_files
def test_every_text_is_translated(language: str) -> None:
    assert [text for text, translation in ts(language).items() if not translation.strip()] == []


@ts_files
def test_placeholders_survive(language: str) -> None:
    wrong = []
    for (context, source), translation in ts(language).items():
        asked, given = set(PLACES.findall(source)), set(PLACES.findall(translation))
        # A plural ending that another language has no use for is left out there.
        if given - asked or (context != translations.ENGINE and asked - given):
            wrong.append((source, translation))
    assert wrong == []


@ts_files
def test_no_two_controls_of_a_window_share_a_key(language: str) -> None:
    keys: dict[tuple[str, str, str], list[str]] = {}
    for (context, source), translation in ts(language).items():
        for spoken, text in (("en", source), (language, translation)):
            for key in re.findall(r"&([^&\s])", text):
                for window in WINDOWS.get(context, (context,)):
                    keys.setdefault((window, spoken, key.upper()), []).append(text)
    assert {place: texts for place, texts in keys.items() if len(texts) > 1} == {}


@ts_files
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    translator = QTranslator()
    assert translator.load(str(translations.FOLDER / f"anomaly_lens_{language}.qm"))
    stale = [
        source
        for (context, source), translation in ts(language).items()
        if translator.translate(context, source.encode()) != translation
    ]
    assert stale == [], "run `make translations`"


def test_texts_are_found_in_classes_functions_and_sentences_of_the_engine(tmp_path: Path) -> None:
    (tmp_path / "plugin").mkdir()
    (tmp_path / "engine").mkdir()
    (tmp_path / "plugin" / "a.py").write_text(
        'class Dock:\n    def f(self):\n        return self.tr("Press {key}")\n\n'
        'def g():\n    return translate("Task", "In a " "function")\n'
    )
    (tmp_path / "engine" / "b.py").write_text(
        '"""A docstring of words."""\n\nname = "rx"\nlabel = "Radar"\n'
        'def f(a, b):\n    raise EngineError("code", f"{a} has {b} bands.", "Choose others.")\n'
        'def g():\n    raise ValueError("for programmers only")\n'
    )
    assert translations.texts(tmp_path) == {
        ("Dock", "Press {key}"),
        ("Task", "In a function"),
        ("Engine", "Radar"),
        ("Engine", "{0} has {1} bands."),
        ("Engine", "Choose others."),
    }


def test_a_text_put_together_at_run_time_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "a.py").write_text(
        'class Dock:\n    def f(self, x):\n        return self.tr(f"Press {x}")\n'
    )
    with pytest.raises(ValueError, match=r"a\.py, line 3"):
        translations.texts(tmp_path)
