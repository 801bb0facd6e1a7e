"""The plugin in the user's language."""

from __future__ import annotations

import json

from anomaly_lens.plugin.export import FORMATS, format_label
from anomaly_lens.plugin.setup.places import RESOURCES
from anomaly_lens.plugin.teach.row import ModelRow
from anomaly_lens.plugin.translation import EngineTexts, engine_texts, install_translator
from qgis.PyQt.QtCore import QCoreApplication

TEXTS = EngineTexts(
    {
        "Scoring": "Bewerten",
        "{0} band{1}": "Bänder: {0}",
        "{0}, complex values": "{0}, komplexe Werte",
        "{0} has bands 1 to {1}, not {2}.": "Nicht {2}: {0} hat die Bänder 1 bis {1}.",
        "{0} has {1} bands; at most {2} can be used.": "Höchstens {2} von {1} Bändern in {0}.",
    }
)


def test_a_sentence_is_recognised_with_what_is_filled_in() -> None:
    assert TEXTS.text("a b.tif has bands 1 to 4, not 7.") == "Nicht 7: a b.tif hat die Bänder 1 bis 4."


def test_what_is_filled_in_is_translated_too() -> None:
    assert TEXTS.text("3 bands, complex values") == "Bänder: 3, komplexe Werte"


def test_unknown_sentences_stay() -> None:
    assert TEXTS.text("Something of a library.") == "Something of a library."


def test_names_and_paths_of_an_answer_stay() -> None:
    event = {
        "event": "progress",
        "stage": "Scoring",
        "message": "Scoring",
        "result": {"heatmap": "Scoring", "warnings": ["x.tif has 600 bands; at most 500 can be used."]},
    }
    assert TEXTS.event(event) == {
        "event": "progress",
        "stage": "Scoring",
        "message": "Bewerten",
        "result": {"heatmap": "Scoring", "warnings": ["Höchstens 500 von 600 Bändern in x.tif."]},
    }


def test_a_language_that_is_not_there_stays_english() -> None:
    assert install_translator("fr_FR") is None
    assert engine_texts("fr_FR").text("Scoring") == "Scoring"


def test_qgis_speaks_chinese_and_so_does_the_plugin() -> None:
    translator = install_translator("zh-Hans")
    try:
        assert translator is not None
        assert QCoreApplication.translate("Worker", "The plugin was unloaded.") == "插件已卸载。"
    finally:
        QCoreApplication.removeTranslator(translator)
    assert engine_texts("zh_CN").text("demo.tif does not exist.") == "demo.tif 不存在。"


def test_a_table_is_called_so_in_spanish() -> None:
    translator = install_translator("es")
    try:
        assert [format_label(file_format) for file_format in FORMATS][-2:] == ["KML", "Tabla CSV"]
        assert QCoreApplication.translate("BatchModel", "Time") == "Tiempo"
    finally:
        QCoreApplication.removeTranslator(translator)
    assert engine_texts("es").text("CPU, 1 thread") == "CPU, 1 hilo"


def test_models_that_ship_are_named_in_spanish_and_those_of_ones_own_as_they_are() -> None:
    cards = [json.loads(path.read_bytes()) for path in sorted((RESOURCES / "weights" / "asd").glob("*/card.json"))]
    assert cards
    shipped = [
        {"name": card["name"], "path": f"/{place}", "bands": 3, "shipped": True} for place, card in enumerate(cards)
    ]
    own = {"name": "Forest (10 cm)", "path": "/own", "bands": 3, "shipped": False}
    translator = install_translator("es")
    try:
        row = ModelRow()
        row.show_models([*shipped, own], "/own")
    finally:
        QCoreApplication.removeTranslator(translator)
    names = [row.combo.itemText(place) for place in range(row.combo.count())]
    assert names[-1] == "Forest (10 cm)"
    assert "Bosque (10 cm)" in names
    assert not {card["name"] for card in cards} & set(names[:-1])
    assert row.path() == "/own"
