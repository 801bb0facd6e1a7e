"""Starts a real QGIS with the plugin's zip in a profile of its own; the make targets demo and run call it.

A *journey* is a module of this folder with a function ``run() -> dict``: it is played inside QGIS and returns facts.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = Path(os.environ.get("OUT") or ROOT / "out").resolve()
PLUGIN_ZIP = ROOT / "dist" / "anomaly_lens.zip"
ENGINE_PYTHON = ROOT / ".venv" / "bin" / "python"
SAMPLE = ROOT / "resources" / "sample"

SCREEN = "1400x900x24"

# No tips, news, questions or look-ups: they would stand in a visitor's way, and the network is nobody's business here.
SETTINGS = """\
[PythonPlugins]
anomaly_lens=true

[anomaly_lens]
welcomed=true

[app]
projections\\unknownCrsBehavior=NoAction
plugin_installer\\checkOnStart=false

[core]
NewsFeed\\httpsfeedqgisorg\\disabled=true

[locale]
overrideFlag=true
userLocale=en_US
globalLocale=en_US

[qgis]
checkVersion=false
showTips=false
showTips322=false
"""
FIRST_START = SETTINGS.replace("welcomed=true", "welcomed=false")
"""The settings of somebody who has never seen the plugin."""


class QgisError(Exception):
    """QGIS did not get through a journey; the text says why."""


@dataclass(frozen=True)
class Played:
    """What came of a journey.

    Attributes:
        facts: what the journey returned.
        exit_code: QGIS's own, after it was closed.
        log: what QGIS wrote to its console.
    """

    facts: dict[str, Any]
    exit_code: int
    log: str


def install(profiles: Path, plugin_zip: Path, settings: str = SETTINGS) -> None:
    """Put the plugin into a profile, as QGIS's "Install from ZIP" does; settings that are there stay.

    Args:
        profiles: what ``--profiles-path`` names; is made where it is missing.
        plugin_zip: the plugin.
        settings: of a new profile.
    """
    home = profiles / "profiles" / "default"
    file = home / "QGIS" / "QGIS3.ini"
    if not file.exists():
        file.parent.mkdir(parents=True)
        file.write_text(settings, encoding="utf-8")
    plugins = home / "python" / "plugins"
    shutil.rmtree(plugins / "anomaly_lens", ignore_errors=True)
    with zipfile.ZipFile(plugin_zip) as archive:
        archive.extractall(plugins)


def environment(**extra: str) -> dict[str, str]:
    """QGIS's environment: that of this process, in UTF-8, with a screen, and the engine's Python.

    GDAL leaves no ``.aux.xml`` beside scenes that are only looked at.

    Args:
        extra: more variables.
    """
    env = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    ours = {"LC_ALL": "C.UTF-8", "GDAL_PAM_ENABLED": "NO", "ANOMALY_LENS_PYTHON": str(ENGINE_PYTHON)}
    return {**env, **ours, **extra}


def has_display() -> bool:
    """Whether a person looks on."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def qgis_command(profiles: Path, *arguments: str) -> list[str]:
    """The command that opens QGIS's window on a profile.

    Args:
        profiles: as for :func:`install`.
        arguments: more of QGIS's own.
    """
    return ["qgis", "--profiles-path", str(profiles), "--nologo", "--noversioncheck", *arguments]


def play(
    journey: str,
    profiles: Path,
    plugin_zip: Path,
    *,
    seconds: float,
    on_screen: bool = False,
    screen: str = SCREEN,
    settings: str = SETTINGS,
    **variables: str,
) -> Played:
    """Open QGIS with the plugin in a fresh profile, play a journey, and wait until QGIS has closed.

    Args:
        journey: a module of this folder.
        profiles: where the profile is made; must not exist.
        plugin_zip: the plugin.
        seconds: until QGIS is ended by force.
        on_screen: whether the window opens on the display of this session instead of a virtual one.
        screen: width, height and depth of the virtual display.
        settings: as for :func:`install`.
        variables: environment variables for the journey.

    Raises:
        QgisError: QGIS did not end in time, or ended before the journey did; or the journey failed.
    """
    install(profiles, plugin_zip, settings)
    report, log = profiles / "report.json", profiles / "qgis.log"
    command = qgis_command(profiles, "--code", str(HERE / "inside.py"))
    if not on_screen:
        command = ["xvfb-run", "--auto-servernum", "--server-args", f"-screen 0 {screen}", *command]
    # QGIS hands PYTHONPATH to its own Python; that none of it reaches the engine is the plugin's promise.
    env = environment(
        PYTHONPATH=str(HERE),
        PYQGIS_STARTUP=str(HERE / "startup.py"),
        JOURNEY=journey,
        JOURNEY_REPORT=str(report),
        **variables,
    )
    with log.open("wb") as console:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end_group(process)
    words = log.read_text(encoding="utf-8", errors="replace")
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    if "error" in told:
        picture = OUT / "trouble.png"
        OUT.mkdir(parents=True, exist_ok=True)
        shutil.copy(report.with_suffix(".png"), picture)
        msg = f"{told['error']}\nWhat the window showed: {picture}"
        raise QgisError(msg)
    if code is None or not told:
        fate = f"did not end within {seconds:.0f} s" if code is None else f"ended early, with exit code {code}"
        msg = f"QGIS {fate}. Its last words:\n{words[-3000:]}"
        raise QgisError(msg)
    return Played(told["facts"], code, words)


def end_group(process: subprocess.Popen) -> None:
    """End a process and what it started, should anything of it be left.

    Args:
        process: the leader of a session of its own.
    """
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        # All gone by themselves, as it should be.
        return
    process.wait()


def sample_scene() -> Path:
    """The scene that comes with the plugin.

    Raises:
        QgisError: there is none.
    """
    scene = next(iter(sorted(SAMPLE.glob("*.tif"))), None)
    if scene is None:
        msg = "There is no sample scene in resources/sample; name another with SCENE=…"
        raise QgisError(msg)
    return scene


def demo() -> None:
    """Detect in a scene as an analyst does; results, project and screenshots lie in out/demo then.

    Raises:
        QgisError: as :func:`play`, or SCENE names no file.
    """
    asked = os.environ.get("SCENE")
    scene = Path(asked).expanduser().resolve() if asked else sample_scene()
    if not scene.is_file():
        msg = f"There is no scene {scene}: SCENE wants the path of a raster file."
        raise QgisError(msg)
    folder = OUT / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"Opening QGIS {'on your screen' if has_display() else 'on a virtual screen'} …", flush=True)
    with tempfile.TemporaryDirectory(prefix="demo-profile-", dir=OUT) as profiles:
        played = play(
            "demo",
            Path(profiles) / "qgis",
            PLUGIN_ZIP,
            seconds=float(os.environ.get("DEMO_SECONDS", "900")),
            on_screen=has_display(),
            SCENE=str(scene),
            DEMO_OUT=str(folder),
            MODALITY=os.environ.get("MODALITY", ""),
            DETECTOR=os.environ.get("DETECTOR", ""),
        )
    print(summary(played.facts))


def pictures() -> None:
    """Take the pictures of the tutorials; they lie in out/pictures then.

    Raises:
        QgisError: as :func:`play`.
    """
    folder = OUT / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="pictures-profile-", dir=OUT) as profiles:
        played = play("tutorials", Path(profiles) / "qgis", PLUGIN_ZIP, seconds=900, PICTURES_OUT=str(folder))
    for scene, facts in played.facts.items():
        print(f"{scene}: {facts['said']} {facts['count']} polygons ({facts['modality']})")


def summary(facts: dict[str, Any]) -> str:
    """What a demo found and where it lies, for people.

    Args:
        facts: of the journey "demo".
    """
    lines = [f"{facts['said']} ({facts['modality']}, {facts['detector']}, {facts['device']})"]
    digits = 6 if facts["geographic"] else 1
    if facts["first"]:
        lines.append(f"{'rank':>6} {'score':>7} {'area ' + facts['unit']:>12}   centre ({facts['crs']})")
    for row in facts["first"]:
        centre = f"{row['x']:.{digits}f}, {row['y']:.{digits}f}"
        lines.append(f"{row['rank']:>6} {row['score']:>7.3f} {row['area']:>12,.1f}   {centre}")
    lines += [f"  {short(Path(name))}" for name in facts["files"]]
    return "\n".join(lines)


def short(path: Path) -> Path:
    """A path as a person here would write it.

    Args:
        path: an absolute path.
    """
    return path.relative_to(Path.cwd()) if Path.cwd() in path.parents else path


def run() -> None:
    """Open QGIS for a person, in a profile that is kept, with the sample scene.

    Raises:
        QgisError: there is no display.
    """
    if not has_display():
        msg = "There is no display to open QGIS on. `make demo` works without one."
        raise QgisError(msg)
    profiles = OUT / "profile"
    install(profiles, PLUGIN_ZIP)
    sys.exit(subprocess.run(qgis_command(profiles, str(sample_scene())), env=environment()).returncode)


if __name__ == "__main__":
    try:
        {"demo": demo, "pictures": pictures, "run": run}[sys.argv[1]]()
    except QgisError as trouble:
        sys.exit(f"error: {trouble}")
