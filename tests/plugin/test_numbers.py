"""Numbers as people of a language write them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from anomaly_lens.plugin.numbers import digits_text, measure_text, number_text
from anomaly_lens.plugin.translation import FOLDER
from qgis.PyQt.QtCore import QLocale


@pytest.fixture
def language(request):
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en_US", ["1,234,568", "0.500", "0.012", "12", "1,234.5", "0"]),
        ("zh_CN", ["1,234,568", "0.500", "0.012", "12", "1,234.5", "0"]),
        ("es_ES", ["1\u00a0234\u00a0568", "0,500", "0,012", "12", "1\u00a0234,5", "0"]),
        ("de_DE", ["1\u00a0234\u00a0568", "0,500", "0,012", "12", "1\u00a0234,5", "0"]),
    ],
    indirect=["language"],
)
def test_numbers_have_the_decimal_point_of_the_language(language, texts):
    assert number_text(1234567.8) == texts[0]
    assert number_text(0.5, 3) == texts[1]
    assert measure_text(0.01234) == texts[2]
    assert digits_text(12.0) == texts[3]
    assert measure_text(1234.46) == texts[4]
    assert measure_text(0).startswith(texts[5])


@pytest.mark.parametrize("language", ["en_US"], indirect=True)
def test_numbers_are_written_out_while_people_can_read_them(language):
    values = (6e6, 1234567.8, 999999.0, 12000.0, 1e-5, 2e-30, 3e15)
    assert [digits_text(value) for value in values] == [
        "6,000,000", "1,234,570", "999999", "12000", "0.00001", "2e-30", "3e+15"
    ]  # fmt: skip
    assert measure_text(0.0000123) == "0.000012"


def test_no_text_has_a_decimal_point_of_its_own():
    file = ElementTree.parse(FOLDER / "anomaly_lens_es.ts")  # noqa: S314 - the plugin's own
    texts = [text.text for text in file.iter("source")]
    with_decimals = [text for text in texts if re.search(r"\d\.\d", text)]
    # Versions of Python.
    assert [text for text in with_decimals if "3.10" not in text] == []
