"""What GDAL reads at a path: a file, what lies in an archive, a subdataset, or what is no file here at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

_INSIDE = re.compile(r"(\{*/vsi(subfile/[^,]*,|\w+/))+\{*")
"""What GDAL puts before the path of an archive, or of a part of a file."""

_PART = re.compile(r'(?<=:")[^"]+(?=")|(?<=:)[^":]+')
"""What may be a file in the name of a subdataset: a part behind the driver's name."""

_BEFORE = r"(?:(?<=[?&])(?!amp;)|(?<=&amp;))"
_TELLTALE = "(?:sig|token|credential|key|password|secret|authorization|cookie|userpwd)"
_SECRETS = re.compile(
    # Whoever changes these changes those of the plugin's sources. In XML, & is &amp;, and a URL ends with its element.
    rf'{_BEFORE}[^=&<">]*{_TELLTALE}[^=&<">]*=[^&<"]*(?:&(?:amp;)?)?'
    # The same in a URL that is itself a part of one, as that of /vsicurl?url= is.
    rf'|(?:(?<=\?)|(?<=%3F)|(?<=%26))(?:(?!%3D|%26)[^=&<">])*{_TELLTALE}(?:(?!%3D|%26)[^=&<">])*%3D'
    r'(?:(?!%26)[^&<"])*(?:%26)?'
    r"|(?<=://)[^/?\s]*@|(?<=%3A%2F%2F)(?:(?!%2F|%3F)[^/?&\s])*(?:@|%40)",
    re.IGNORECASE,
)
"""What lets somebody read a URL: signatures and tokens behind its question mark, name and password before its host, and
what GDAL is to send in a request's header."""

_SIGNED_FOR = re.compile(
    rf"{_BEFORE}(?:x-(?:amz|goog)-[\w-]+|googleaccessid|expires|policy|s[eiprstv]|sip|spr|srt|sk(?:oid|tid|[tesv]))"
    r'=[^&<"]*(?:&(?:amp;)?)?',
    re.IGNORECASE,
)
"""What comes with a signature of AWS, Google or Azure: until when it holds, for whom and for what."""

_ASKED_FOR = re.compile(r"/vsicurl\?(?:[^&]*&)*?url=([^&]*)")
"""The URL behind the options by which GDAL may be told how to read it."""

_OTHERWISE = re.compile(r"[!\t\r\n]")
"""What pyogrio does not hand to GDAL as it is: a path is that in an archive behind a !, and has no line breaks."""


def is_plain(path: str) -> bool:
    """Whether a path can be nothing but that of a file or folder: no URL, XML or subdataset, nothing in an archive."""
    # The second letter of a path is a colon behind a drive's.
    return "://" not in path and not path.startswith(("/vsi", "<")) and ":" not in path[2:]


def stem(path: str) -> str:
    """What a scene at a path is called: its file's name without the ending, and without what a URL asks for."""
    asked = _ASKED_FOR.match(path)
    path = unquote(asked[1]) if asked else path
    return Path(path.partition("?")[0] if "://" in path else path).stem


def without_secrets(path: str) -> str:
    """A path that may be passed on, the same however often it is signed: of a URL, without signatures and passwords."""
    if "://" not in unquote(path):
        return path
    kept = _SECRETS.sub("", path)
    return (_SIGNED_FOR.sub("", kept) if kept != path else kept).rstrip("?&")


def on_disk(path: str) -> Path | None:
    """The file that holds what GDAL reads at a path; None where there is none here, or none in sight of this user."""
    # Path's own questions raise where a folder is closed.
    if path.startswith("/vsi"):
        inside = Path(_INSIDE.sub("", path.replace("{", "").replace("}", ""), count=1))
        return next((part for part in (inside, *inside.parents) if os.path.isfile(part)), None)  # noqa: PTH113
    return Path(path) if os.path.exists(path) else None  # noqa: PTH110


def absolute(path: str) -> str:
    """A path as a process with another current folder can open it.

    What GDAL reads by itself may name a file in the current folder: ``NETCDF:day.nc:t2m``, say, or
    ``/vsizip/packed.zip/scene.tif``. What names none that is here, a URL say, stays as it is.
    """
    if is_plain(path) or _is_here(path):
        return str(Path(path).absolute())
    inside = _INSIDE.match(path)
    if inside:
        file = on_disk(path)
        begin = None if file is None or file.is_absolute() else inside.end()
    else:
        begin = next((part.start() for part in _PART.finditer(path) if _is_here(part[0])), None)
    return path if begin is None else f"{path[:begin]}{Path.cwd()}/{path[begin:]}"


@contextmanager
def for_reading(path: str) -> Iterator[str]:
    """A path by which pyogrio reads what lies at one: another where it would take this one for something else.

    Args:
        path: of a vector file, or whatever GDAL reads.
    """
    file = Path(path)
    if _OTHERWISE.search(path) is None or not os.path.exists(path):  # noqa: PTH110 - longer names than can be
        yield path
        return
    with TemporaryDirectory() as folder:
        parts = [part for part in file.parent.iterdir() if part.name.startswith(f"{file.stem}.") or part == file]
        for part in parts:  # a shapefile has several
            _link(part, Path(folder) / f"link{part.name.removeprefix(file.stem)}")
        yield str(Path(folder) / f"link{file.suffix}")


@contextmanager
def for_writing(file: Path) -> Iterator[Path]:
    """A path by which pyogrio writes a file, which comes to its place from another where it must."""
    if _OTHERWISE.search(str(file)) is None:
        yield file
        return
    with TemporaryDirectory() as folder:
        draft = Path(folder) / f"draft{file.suffix}"
        yield draft
        shutil.move(draft, file)


def _link(file: Path, link: Path) -> None:
    try:
        link.symlink_to(file.absolute(), file.is_dir())
    except OSError:  # Windows lets not everybody make one
        copy = shutil.copytree if file.is_dir() else shutil.copyfile
        copy(file, link)


def _is_here(name: str) -> bool:
    """Whether a relative path names something in the current folder."""
    return not name.startswith(("/", "\\")) and os.path.exists(name)  # noqa: PTH110 - longer names than can be
