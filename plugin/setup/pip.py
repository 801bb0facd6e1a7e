"""Runs pip in an environment, tells how far it is, and puts its errors into words."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication

from ..errors import PluginError
from .places import RESOURCES
from .processes import run

translate = QCoreApplication.translate

OnBytes = Callable[[str, int, int], None]
"""Called with a package's name, the bytes of it that have come, and all of them; zeros when it begins."""

# What somebody set up for other purposes would make pip install elsewhere.
_MISLEADING = (
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_CONSTRAINT",
    "PIP_REQUIREMENT",
    "PIP_NO_DEPS",
    "PIP_DRY_RUN",
)
_OURS = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
# No file is looked for, no setting of the user read, and compiling what is never imported would take the longest.
_OFFLINE = (
    *("--isolated", "--no-index", "--no-deps", "--no-compile", "--no-warn-script-location"),
    *("--progress-bar", "off"),
)
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_BEGUN = re.compile(r"Collecting ([\w.-]+)")
_KEPT_LINES = 60


class Pip:
    """pip of one environment.

    Args:
        python: of the environment.
        env: the process's environment, proxies included.
        stop: set to end what runs.
        log: called with each line that pip writes.
    """

    def __init__(self, python: Path, env: Mapping[str, str], stop: threading.Event, log: Callable[[str], None]) -> None:
        self._python = python
        self._env = {name: value for name, value in env.items() if name not in _MISLEADING} | _OURS
        self._stop = stop
        self._log = log

    def bring(self) -> None:
        """Install pip itself, from the wheel that comes with the plugin.

        Raises:
            PluginError: as :meth:`install`.
        """
        wheel = next((RESOURCES / "pip").glob("pip-*.whl"))
        self._run((wheel / "pip", "install", *_OFFLINE, wheel))

    def download(self, folder: Path, arguments: tuple[str | Path, ...], on_bytes: OnBytes) -> None:
        """Fetch wheels into a folder; what is there already is not fetched again.

        Args:
            folder: for the wheels.
            arguments: what to fetch, and how.
            on_bytes: called while a file comes.

        Raises:
            PluginError: ``setup_failed`` or ``disk_full`` with what to do about it, or ``cancelled``.
        """
        package = ""

        def look(line: str) -> None:
            nonlocal package
            progress, begun = _PROGRESS.fullmatch(line.strip()), _BEGUN.match(line)
            if progress:
                on_bytes(package, int(progress[1]), int(progress[2]))
                return
            if begun:
                package = begun[1]
                on_bytes(package, 0, 0)
            self._log(line)

        log = folder / "pip.log"
        log.unlink(missing_ok=True)
        options = ("--only-binary", ":all:", "--progress-bar", "raw", "--retries", "2", "--resume-retries", "10")
        self._run(("-m", "pip", "download", *options, "--log", log, "--dest", folder, *arguments), look, log)

    def install(self, wheels: Iterable[Path]) -> None:
        """Install wheels without looking at any other.

        Args:
            wheels: the files.

        Raises:
            PluginError: as :meth:`download`.
        """
        self._run(("-m", "pip", "install", *_OFFLINE, *wheels))

    def _run(
        self,
        arguments: tuple[str | Path, ...],
        on_line: Callable[[str], None] | None = None,
        log: Path | None = None,
    ) -> None:
        code, said = run((self._python, "-I", "-X", "utf8", *arguments), self._env, self._stop, on_line or self._log)
        if code != 0:
            raise explain("\n".join([*said.splitlines()[-_KEPT_LINES:], *_unsaid(log)]))


def _unsaid(log: Path | None) -> list[str]:
    """What pip keeps to its log: why a page of the index could not be had."""
    if log is None or not log.exists():
        return []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if "Could not fetch URL" in line]


def explain(said: str) -> PluginError:
    """The error behind pip's words, in words for people.

    Args:
        said: what pip wrote last.
    """
    for pattern, code, message, hint in _errors():
        if re.search(pattern, said, re.IGNORECASE):
            return PluginError(code, message, hint, said)
    message = translate("EngineSetup", "A package could not be installed.")
    hint = translate("EngineSetup", "The details show what pip said; Copy diagnostics makes a report.")
    return PluginError("setup_failed", message, hint, said)


def _errors() -> tuple[tuple[str, str, str, str], ...]:
    """What pip, of the version that comes with the plugin, says: pattern, error code, message and hint."""
    return (
        (
            r"No space left on device|Errno 28\b|WinError 112|not enough space|Disk quota exceeded",
            "disk_full",
            translate("EngineSetup", "The disk is full."),
            translate("EngineSetup", "Free some space and press Set up engine again: finished downloads are kept."),
        ),
        (
            r"ssl-missing|'ssl' module is unavailable|SSL module is not available",
            "setup_failed",
            translate("EngineSetup", "The Python that the engine is made from cannot download: it lacks OpenSSL."),
            translate(
                "EngineSetup",
                "Install one from python.org, which takes a few clicks, then press Set up engine again. It changes "
                "nothing in QGIS.",
            ),
        ),
        (
            r"proxy-connection-failed|407 Proxy|Proxy Authentication Required|ProxyError|SOCKS support",
            "setup_failed",
            translate("EngineSetup", "The proxy does not let the download through."),
            translate(
                "EngineSetup",
                "Enter the proxy with its user and password under Settings > Options > Network, then try again.",
            ),
        ),
        (
            r"ssl-verification-failed|CERTIFICATE_VERIFY_FAILED|SSLError",
            "setup_failed",
            translate("EngineSetup", "The server's certificate is not trusted."),
            translate(
                "EngineSetup",
                "Your network may look into encrypted traffic: add its certificate authority under Settings > Options "
                "> Authentication > Manage Certificates, or ask who runs the network.",
            ),
        ),
        (
            "Windows Long Path support",
            "not_writable",
            translate("EngineSetup", "The path of the engine's folder is too long for Windows."),
            translate(
                "EngineSetup",
                "Set ANOMALY_LENS_HOME to a folder with a short path, or have long paths enabled in Windows.",
            ),
        ),
        (
            r"DO NOT MATCH THE HASHES|BadZipFile|Bad magic number|is not a zip file|located at .* is invalid",
            "setup_failed",
            translate("EngineSetup", "A downloaded file is damaged, or not the one that was tested."),
            translate("EngineSetup", "Press Set up engine again. If it stays so, your package index changes files."),
        ),
        (
            r"connection-(failed|timeout)|incomplete-download|NewConnectionError|NameResolution|HTTP error 5\d\d"
            r"|Connection (broken|aborted|reset)|Could not fetch URL (?!.* 404 )",
            "setup_failed",
            translate("EngineSetup", "The download server cannot be reached."),
            translate(
                "EngineSetup",
                "Check the network and press Set up engine again: finished downloads are kept. Without a network, give "
                "a folder of wheels in the options.",
            ),
        ),
        (
            r"No matching distribution|Could not find a version",
            "setup_failed",
            translate("EngineSetup", "A package is not there for this system and Python."),
            translate("EngineSetup", "Check the package sources in the options, or choose another Python there."),
        ),
    )
