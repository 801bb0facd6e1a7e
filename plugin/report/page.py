"""A report as HTML that browsers and Qt's text documents understand alike."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from qgis.PyQt.QtCore import QCoreApplication

from .contents import Contents, Count, Entry

translate = QCoreApplication.translate

CARDS_IN_A_ROW = 3
CARD_SIDE = 190
"""Of a card's picture, in CSS pixels."""

MAP_WIDTH = 640
"""Of the map, in CSS pixels: what fits on a sheet of A4."""

MOST_ROWS = 2000
"""More lines than this nobody reads on paper; the exported table has them all."""

MOST_CARDS = 600

_CARD_ROWS_ON_A_PAGE = 3

# What Qt's text documents know of CSS, and no more.
_STYLE = """
body { font-family: "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; font-size: 9pt; color: #1f2933; }
h1 { font-size: 20pt; font-weight: 600; color: #12263a; margin-top: 0px; margin-bottom: 2px; }
h2 { font-size: 13pt; font-weight: 600; color: #12263a; margin-top: 18px; margin-bottom: 6px; }
p { margin-top: 2px; margin-bottom: 8px; }
.sub { color: #52606d; font-size: 10pt; }
.small { color: #52606d; font-size: 8pt; }
.number { font-size: 18pt; font-weight: 600; color: #12263a; }
th { text-align: left; font-weight: 600; font-size: 8pt; color: #12263a; }
td { font-size: 8pt; }
"""

# What makes it pleasant in a browser.
_SCREEN_STYLE = """
body { max-width: 960px; margin: 32px auto; padding: 0 24px; line-height: 1.4; }
h2 { border-bottom: 1px solid #d9e2ec; padding-bottom: 4px; margin-top: 32px; }
table { border-collapse: collapse; }
table.list td, table.list th { padding: 5px 8px; border-bottom: 1px solid #e4e7eb; }
table.list th { background: #f0f4f8; position: sticky; top: 0; }
td, th { font-size: 13px; } .small, th { font-size: 12px; } body { font-size: 14px; }
img { border-radius: 4px; max-width: 100%; }
.break { display: none; }
@media print { body { margin: 0; max-width: none; } tr { page-break-inside: avoid; } }
@media print { table.list th { position: static; } }
"""


def html(contents: Contents, picture: Callable[[str], str], pictured: set[int], *, for_screen: bool) -> str:
    """The page.

    Args:
        contents: what it says.
        picture: what stands in an ``img``'s ``src`` for a picture: ``"map"``, or ``"card"`` with an entry's number.
        pictured: the numbers of the entries of which there is a picture.
        for_screen: whether for a browser rather than for paper.
    """
    style = _STYLE + (_SCREEN_STYLE if for_screen else "")
    title = escape(translate("Report", "Anomaly report"))
    made = escape(translate("Report", "Made on {time} with Anomaly Lens").format(time=contents.made))
    parts = [
        f'<h1>{title}</h1><p class="sub">{escape(contents.title)}</p><p class="small">{made}</p>',
        _counts(contents.counts),
        _map(contents, picture),
        _facts(contents),
        _table(contents),
        _cards(contents, picture, pictured),
    ]
    head = f'<meta charset="utf-8"><title>{escape(contents.title)}</title><style>{style}</style>'
    return f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"


def accepted(contents: Contents) -> list[int]:
    """The numbers of the entries that get a card, in order."""
    return [number for number, entry in enumerate(contents.entries) if entry.is_accepted][:MOST_CARDS]


def _counts(counts: list[Count]) -> str:
    total = Count(translate("Report", "All"), sum(count.count for count in counts), "#829ab1")
    cells = []
    width = 90 // (1 + len(counts))
    for count in (total, *counts):
        text = f'<span class="number">{count.count}</span><br><span class="small">{escape(count.label)}</span>'
        cells.append(f'<td width="5" bgcolor="{count.color}"></td><td width="{width}%" bgcolor="#f0f4f8">{text}</td>')
    gap = '<td width="6"></td>'
    row = gap.join(cells)
    return f'<table width="100%" cellspacing="0" cellpadding="5" style="margin-top: 8px"><tr>{row}</tr></table>'


def _map(contents: Contents, picture: Callable[[str], str]) -> str:
    image = contents.map_picture
    if image is None or image.isNull():
        return ""
    height = round(MAP_WIDTH * image.height() / image.width())
    title = escape(translate("Report", "Map"))
    caption = translate("Report", "The run on the map: outlines by status, and the heat map where it is shown.")
    shown = f'<img src="{picture("map")}" width="{MAP_WIDTH}" height="{height}">'
    return f'<h2>{title}</h2><p>{shown}</p><p class="small">{escape(caption)}</p>'


def _facts(contents: Contents) -> str:
    rows = "".join(
        f'<tr><th width="26%">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in contents.facts
    )
    title = escape(translate("Report", "How it was found"))
    return f'<h2>{title}</h2><table class="list" width="100%" cellspacing="0" cellpadding="3">{rows}</table>'


def _table(contents: Contents) -> str:
    title = "<h2>{}</h2>".format(escape(translate("Report", "Anomalies")))
    entries = contents.entries[:MOST_ROWS]
    if not entries:
        return title + "<p>{}</p>".format(escape(translate("Report", "None is listed here.")))
    heads = (
        translate("Report", "Rank"),
        translate("Report", "Status"),
        translate("Report", "Score"),
        translate("Report", "Mean"),
        translate("Report", "Area"),
        translate("Report", "Width × height"),
        contents.place_title,
        translate("Report", "Label and note"),
    )
    head = "".join(f'<th bgcolor="#d9e2ec">{escape(text)}</th>' for text in heads)
    rows = "".join(_row(entry, "#ffffff" if place % 2 else "#f5f7fa") for place, entry in enumerate(entries))
    more = ""
    if len(contents.entries) > len(entries):
        text = translate("Report", "Left out here: {count}; an exported table has them all.")
        more = f'<p class="small">{escape(text.format(count=len(contents.entries) - len(entries)))}</p>'
    return (
        f'{title}<table class="list" width="100%" cellspacing="0" cellpadding="3"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{more}"
    )


def _row(entry: Entry, color: str) -> str:
    words = "<br>".join(escape(text) for text in (entry.label, entry.note) if text)
    values = (entry.rank, entry.status, entry.score, entry.mean, entry.area, entry.size, entry.place)
    cells = "".join(f'<td bgcolor="{color}">{escape(value)}</td>' for value in values)
    return f'<tr>{cells}<td bgcolor="{color}">{words}</td></tr>'


def _cards(contents: Contents, picture: Callable[[str], str], pictured: set[int]) -> str:
    numbers = accepted(contents)
    if not numbers:
        return ""
    on_a_page = CARDS_IN_A_ROW * _CARD_ROWS_ON_A_PAGE
    title = "<h2>{}</h2>".format(escape(translate("Report", "Accepted anomalies")))
    if contents.scene.problem:
        title += f'<p class="small">{escape(contents.scene.problem)}</p>'
    pages = []
    for begin in range(0, len(numbers), on_a_page):
        here = numbers[begin : begin + on_a_page]
        rows = []
        for first in range(0, len(here), CARDS_IN_A_ROW):
            row = here[first : first + CARDS_IN_A_ROW]
            cells = [_card(contents.entries[n], picture(f"card{n}") if n in pictured else "") for n in row]
            cells += ["<td></td>"] * (CARDS_IN_A_ROW - len(cells))
            rows.append(f"<tr>{''.join(cells)}</tr>")
        pages.append(f'<table width="100%" cellspacing="0" cellpadding="6">{"".join(rows)}</table>')
    # On paper, each page of cards is a page.
    breaks = '<p class="break" style="page-break-before: always;"></p>'
    return breaks + title + breaks.join(pages)


def _card(entry: Entry, source: str) -> str:
    image = f'<img src="{source}" width="{CARD_SIDE}" height="{CARD_SIDE}"><br>' if source else ""
    facts = f"<b>{escape(entry.rank)}</b> · {escape(entry.score)} · {escape(entry.area)}"
    lines = [facts, f'<span class="small">{escape(entry.place)}</span>']
    lines += [escape(text) for text in (entry.label, entry.note) if text]
    return f'<td width="33%" valign="top">{image}{"<br>".join(lines)}</td>'
