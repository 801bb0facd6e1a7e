"""Keeps ``resources/i18n`` in step with the code: ``make translations``.

Qt's own tools read neither f-strings nor a class's texts as Python sees them, so the texts are read from the syntax
tree: the plugin's are the literals given to ``tr`` and ``translate``, the engine's the sentences it sends (see
``plugin/translation.py``). Translators edit the ``.ts`` files, in Qt Linguist say; ``lrelease`` compiles them.
"""

from __future__ import annotations

import ast
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "i18n"
LANGUAGES = ("es", "zh")
ENGINE = "Engine"
"""The context of the engine's texts."""

# What these say is for the terminal and for developers.
_NOT_SENT = ("cli.py", "command.py", "shown.py", "__main__.py", "__init__.py", "losses.py")
# A word beside a space; expressions and paths have none.
_SENTENCE = re.compile(r"\w{2} |[\w,.:”] \w{2}|\} \w{2}")
_NOT_SHOWN = ("msg", "DEPARTURES", "_DEPARTURES", "PAPER", "_DEAF", "_UNDEFINE", "_GPU_SHORT", "_NO_PRIMITIVE")
_NOT_FOR_USERS = ("ValueError", "TypeError", "AttributeError", "RuntimeError")

Text = tuple[str, str]
"""Context and source."""


def texts(root: Path = ROOT) -> set[Text]:
    """All texts that people see.

    Args:
        root: of the repository.

    Raises:
        ValueError: a text that is given to ``tr`` is no literal, so that nobody could translate it.
    """
    found: set[Text] = set()
    for path in sorted((root / "plugin").rglob("*.py")):
        found.update(_plugin_texts(ast.parse(path.read_text("utf-8")), path.name))
    for path in sorted((root / "engine").rglob("*.py")):
        if path.name not in _NOT_SENT:
            found.update((ENGINE, text) for text in _engine_texts(ast.parse(path.read_text("utf-8"))))
    return found


def read(path: Path) -> dict[Text, str]:
    """The translations of a ``.ts`` file; empty where there is none yet.

    Args:
        path: of the file; one that is missing is empty.
    """
    if not path.exists():
        return {}
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314 - a file of this repository
        name = context.findtext("name", "")
        for message in context.iter("message"):
            found[name, message.findtext("source", "")] = message.findtext("translation", "")
    return found


def write(path: Path, language: str, translations: dict[Text, str]) -> None:
    """Write a ``.ts`` file, sorted.

    Args:
        path: of the file.
        language: its code.
        translations: of each text; empty where there is none yet.
    """
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context, last = root, None
    for (name, source), translation in sorted(translations.items()):
        if name != last:
            context, last = ElementTree.SubElement(root, "context"), name
            ElementTree.SubElement(context, "name").text = name
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = source
        element = ElementTree.SubElement(message, "translation", {} if translation else {"type": "unfinished"})
        element.text = translation
    ElementTree.indent(root, "  ")
    body = ElementTree.tostring(root, "unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', "utf-8")


def update() -> int:
    """Bring every ``.ts`` file up to date and compile it.

    Returns:
        How many translations are missing.
    """
    missing = 0
    release = shutil.which("lrelease")
    if release is None:
        sys.exit("lrelease is missing: install Debian's qttools5-dev-tools, or Qt's tools.")
    for language in LANGUAGES:
        path = FOLDER / f"anomaly_lens_{language}.ts"
        known = read(path)
        # A sentence that moved to another class keeps its translation.
        by_source = {source: translation for (_, source), translation in known.items() if translation}
        current = {text: known.get(text) or by_source.get(text[1], "") for text in texts()}
        write(path, language, current)
        command = [release, "-silent", "-nounfinished", str(path), "-qm", str(path.with_suffix(".qm"))]
        subprocess.run(command, check=True)  # noqa: S603 - a fixed command
        without = sum(not translation for translation in current.values())
        print(f"{path.relative_to(ROOT)}: {len(current)} texts, {without} without translation")
        missing += without
    return missing


def _plugin_texts(tree: ast.AST, name: str, context: str = "") -> Iterator[Text]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if called == "tr" and node.args:
                yield context, _literal(node.args[0], name)
            elif called == "translate" and len(node.args) > 1:
                yield _literal(node.args[0], name), _literal(node.args[1], name)
        yield from _plugin_texts(node, name, node.name if isinstance(node, ast.ClassDef) else context)


def _literal(node: ast.expr, name: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    msg = f"{name}, line {node.lineno}: a text for people must be a literal, or it cannot be translated"
    raise ValueError(msg)


def _engine_texts(tree: ast.AST) -> Iterator[str]:
    """Literals of several words, and titles; ``{0}``, ``{1}``, … stand for what an f-string fills in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Raise) and ast.unparse(node).startswith(tuple(f"raise {e}" for e in _NOT_FOR_USERS)):
            continue
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in _NOT_SHOWN:
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.filterwarnings":
            continue
        if isinstance(node, ast.Dict):
            shown = [v for k, v in zip(node.keys, node.values) if k is None or ast.unparse(k) != "'paper'"]
            yield from _engine_texts(ast.Tuple(shown))
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            places = itertools.count()
            text = "".join(p.value if isinstance(p, ast.Constant) else f"{{{next(places)}}}" for p in node.values)
        else:
            yield from _engine_texts(node)
            continue
        if _SENTENCE.search(text) or (text.istitle() and text.isalpha() and len(text) > 3):
            yield text


if __name__ == "__main__":
    sys.exit(1 if update() else 0)
