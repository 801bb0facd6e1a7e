"""Taught models on the disk: a folder each, with a card and weights, in the user's data folder whatever the profile."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from ..drafts import whole_file
from ..errors import PluginError
from ..setup.places import RESOURCES, engine_folder
from ..sources import file_stem

translate = QCoreApplication.translate

CARD, WEIGHTS = "card.json", "model.safetensors"

_KIND = "asd"
_MAX_BYTES = 200_000_000


def models_folder() -> Path:
    """Where this user's models lie; it may not exist yet."""
    return engine_folder().parent / "models"


def folder_with(checksum: str) -> Path | None:
    """The folder of the model with these weights, one of the user's or one that ships; None where it is gone.

    Args:
        checksum: as provenance and cards have it.
    """
    for path in [*models_folder().glob(f"*/{CARD}"), *(RESOURCES / "weights" / _KIND).glob(f"*/{CARD}")]:
        try:
            if json.loads(path.read_bytes()).get("sha256") == checksum:
                return path.parent
        except (OSError, ValueError, AttributeError):
            # Not a card; the engine warns of it when it lists the models.
            continue
    return None


def name_for_people(model: dict[str, Any]) -> str:
    """A model's name; of one that ships, in the user's language.

    Args:
        model: as the engine lists it.
    """
    name = str(model["name"])
    return _shipped_names().get(name, name) if model.get("shipped") else name


def name_in(folder: Path) -> str:
    """The name of a model for people; the folder's where its card cannot be read.

    Args:
        folder: of the model.
    """
    try:
        card = _card_in(folder)
    except PluginError:
        return folder.name
    return name_for_people({**card, "shipped": RESOURCES in folder.resolve().parents})


def _shipped_names() -> dict[str, str]:
    """By the names on their cards."""
    return {
        "Dry, bare ground (10 cm)": translate("Models", "Dry, bare ground (10 cm)"),
        "Fields and ponds (5 m)": translate("Models", "Fields and ponds (5 m)"),
        "Forest (10 cm)": translate("Models", "Forest (10 cm)"),
        "Grass and range (10 to 20 cm)": translate("Models", "Grass and range (10 to 20 cm)"),
        "Open water (20 cm)": translate("Models", "Open water (20 cm)"),
        "Town (20 cm)": translate("Models", "Town (20 cm)"),
    }


def free_folder(name: str, inside: Path | None = None) -> Path:
    """A folder for a new model that is not there yet.

    Args:
        name: the model's; what no file system takes is left out.
        inside: where to make it; among the user's models where None.

    Raises:
        PluginError: ``bad_parameter`` where nothing is left of the name.
    """
    stem = file_stem(name, nameless="", spaces=True)
    if not stem:
        raise PluginError(
            "bad_parameter",
            translate("Models", "The model has no name."),
            translate("Models", "Give one with letters or digits."),
        )
    return _free(inside or models_folder(), stem)


def _free(parent: Path, stem: str) -> Path:
    number, folder = 1, parent / stem
    while folder.exists():
        number += 1
        folder = parent / f"{stem}_{number}"
    return folder


def rename(folder: Path, name: str) -> None:
    """Give a model another name; the folder stays, so that what refers to it still finds it.

    Args:
        folder: of the model.
        name: what people will call it.

    Raises:
        PluginError: ``bad_parameter``, ``bad_model`` where it is gone or damaged, or ``not_writable``.
    """
    if not name.strip():
        free_folder(name)
    card = _card_in(folder)
    with _Written(folder), whole_file(folder / CARD) as draft:
        draft.write_text(json.dumps({**card, "name": name.strip()}, indent=2, ensure_ascii=False) + "\n", "utf-8")


def delete(folder: Path) -> None:
    """Delete a model.

    Raises:
        PluginError: ``not_writable``.
    """
    with _Written(folder):
        if folder.exists():  # another QGIS may have been faster
            shutil.rmtree(folder)


def export(folder: Path, target: Path) -> None:
    """Write a model to a zip file that another computer can import.

    Args:
        folder: of the model.
        target: the zip file; one that is there is replaced when the new one is whole.

    Raises:
        PluginError: ``bad_model`` where the model is gone, or ``not_writable``.
    """
    content = _content(folder)
    with _Written(target), whole_file(target) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            # Of now, for a zip file has no date before 1980, as files may have that came with a package.
            archive.writestr(name, data)


def import_model(path: Path) -> str:
    """Take a model from an exported zip file, or from a model's folder or card, under its own name.

    Args:
        path: of the zip file, the folder or the card.

    Returns:
        The model's name.

    Raises:
        PluginError: ``bad_model`` where it is none, or is damaged; ``not_writable``.
    """
    content = _content(path)
    card = _read_card(content[CARD], str(path))
    found = f"sha256:{hashlib.sha256(content[WEIGHTS]).hexdigest()}"
    if found != card.get("sha256"):
        message = translate("Models", "{path} is damaged: its weights are not those that its card describes.")
        raise PluginError("bad_model", message.format(path=path), translate("Models", "Copy or export it again."))
    folder = _free(models_folder(), file_stem(str(card["name"]), nameless="model", spaces=True))
    with _Written(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".import_", dir=folder.parent))
        try:
            for name, data in content.items():
                (draft / name).write_bytes(data)
            draft.rename(folder)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return str(card["name"])


def _content(path: Path) -> dict[str, bytes]:
    try:
        if path.suffix.lower() == ".zip" and not path.is_dir():
            with zipfile.ZipFile(path) as archive:
                if sum(archive.getinfo(name).file_size for name in (CARD, WEIGHTS)) > _MAX_BYTES:
                    msg = "too large"
                    raise ValueError(msg)
                return {name: archive.read(name) for name in (CARD, WEIGHTS)}
        folder = path if path.is_dir() else path.parent
        return {name: (folder / name).read_bytes() for name in (CARD, WEIGHTS)}
    except (OSError, EOFError, KeyError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        # A damaged zip file raises any of them, one with a password a RuntimeError.
        raise _no_model(str(path)) from error


def _card_in(folder: Path) -> dict[str, Any]:
    try:
        content = (folder / CARD).read_bytes()
    except OSError as error:
        raise _no_model(str(folder)) from error
    return _read_card(content, str(folder))


def _read_card(content: bytes, origin: str) -> dict[str, Any]:
    try:
        card = json.loads(content)
        fits = card["kind"] == _KIND and bool(str(card["name"])) and card["file"] == WEIGHTS
    except (ValueError, KeyError, TypeError) as error:
        raise _no_model(origin) from error
    if not fits:
        raise _no_model(origin)
    return dict(card)


def _no_model(origin: str) -> PluginError:
    message = translate("Models", "{path} is no taught model.").format(path=origin)
    hint = translate("Models", "Choose a zip file that “Export…” has written, or a model's folder.")
    return PluginError("bad_model", message, hint)


class _Written:
    """Tells what the disk refuses.

    Args:
        path: what is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            message = translate("Models", "{path} cannot be written ({reason}).")
            raise PluginError(
                "not_writable",
                message.format(path=self._path, reason=error.strerror),
                translate("Models", "Make room, or choose another place."),
            ) from error
