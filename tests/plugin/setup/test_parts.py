"""The set-up's parts: cards and drivers, Pythons on every system, pip's words, the network, the report."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sys
import threading
from pathlib import Path
from urllib.request import getproxies_environment

import pytest
from anomaly_lens.plugin import engine_env, settings
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.setup import lock, network, places, pythons
from anomaly_lens.plugin.setup.diagnostics import diagnostics, mask
from anomaly_lens.plugin.setup.gpu import Gpu, build_in, choose_build, find_gpus, parse_gpus
from anomaly_lens.plugin.setup.pip import explain
from anomaly_lens.plugin.setup.processes import run
from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtNetwork import QNetworkProxy

TURING = Gpu("NVIDIA GeForce RTX 2060", "580.65.06", 7.5)


# --- cards


@pytest.mark.parametrize(
    ("answer", "gpus"),
    [
        ("NVIDIA GeForce RTX 3060, 535.183.01, 8.6\n", [Gpu("NVIDIA GeForce RTX 3060", "535.183.01", 8.6)]),
        ("Tesla K80, 470.256.02, 3.7\nTesla V100, 470.256.02, 7.0\n", [
            Gpu("Tesla K80", "470.256.02", 3.7), Gpu("Tesla V100", "470.256.02", 7.0)]),
        ("NVIDIA H200, 580.95.05, [N/A]\n", [Gpu("NVIDIA H200", "580.95.05", 0.0)]),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", []),
        ("No devices were found\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_the_drivers_tool_says(answer, gpus):
    assert parse_gpus(answer) == gpus


@pytest.mark.parametrize(
    ("gpu", "has_index", "system", "build", "words"),
    [
        (TURING, False, "linux", "cu130", "will use it"),
        (TURING, True, "win32", "cu130", "will use it"),
        (TURING, False, "win32", "cpu", "index of PyTorch's builds"),
        (Gpu("RTX 3060", "535.183.01", 8.6), False, "linux", "cpu", "driver 535.183.01, which is too old"),
        (Gpu("RTX 3060", "535.183.01", 8.6), True, "linux", "cu126", "will use it"),
        (Gpu("GTX 1080", "580.65.06", 6.1), False, "linux", "cpu", "too old for PyTorch"),
        (Gpu("GTX 1080", "580.65.06", 6.1), True, "linux", "cu126", "will use it"),
        (Gpu("GTX 680", "470.82", 3.0), True, "linux", "cpu", "too old"),
        (Gpu("RTX 3060", "470.82", 8.6), True, "linux", "cpu", "525 or newer"),
        (TURING, True, "darwin", "cpu", "processor"),
        (None, True, "linux", "cpu", "No NVIDIA card"),
    ],
)
def test_the_build_follows_card_driver_and_source(gpu, has_index, system, build, words):
    gpus = [] if gpu is None or system == "darwin" else [gpu]
    choice = choose_build(gpus, has_index, system=system, machine="x86_64")
    assert choice.build == build
    assert words in choice.reason


def test_the_size_is_told_before_anything_is_fetched():
    def size(*args, **kwargs):
        return choose_build(*args, system="linux", machine="x86_64", **kwargs).download_gb

    assert size([], False) > 2 > size([], True)
    assert size([TURING], True) > 2
    assert size([TURING], False, "cpu") < 1
    assert choose_build([], False, system="linux", machine="aarch64").download_gb < 1


def test_the_build_in_a_folder(tmp_path):
    assert build_in(None) == build_in(tmp_path) == ""
    (tmp_path / "torch-2.13.0-cp311-cp311-win_amd64.whl").touch()
    assert build_in(tmp_path) == ""
    (tmp_path / "torch-2.13.0+cu126-cp311-cp311-win_amd64.whl").touch()
    assert build_in(tmp_path) == "cu126"
    assert choose_build([], False, "cu126").build == "cu126"


def test_a_computer_without_the_drivers_tool_has_no_card(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_gpus(threading.Event()) == []


def test_the_drivers_tool_is_asked(monkeypatch, tmp_path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H200, 580.95.05, 9.0'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert find_gpus(threading.Event()) == [Gpu("NVIDIA H200", "580.95.05", 9.0)]


# --- Pythons


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize(
    ("prefix", "executable", "program"),
    [
        # OSGeo4W, and the stand-alone installer, whose folder has spaces.
        ("OSGeo4W/apps/Python312", "OSGeo4W/bin/qgis-bin.exe", "OSGeo4W/apps/Python312/python3.exe"),
        ("Program Files/QGIS 3.40.4/apps/Python312", "Program Files/QGIS 3.40.4/bin/qgis-ltr-bin.exe",
         "Program Files/QGIS 3.40.4/apps/Python312/python.exe"),
    ],
)  # fmt: skip
def test_qgis_python_on_windows(prefix, executable, program, tmp_path, monkeypatch):
    python = touch(tmp_path / program)
    touch(tmp_path / executable)
    touch(python.with_name("pythonw.exe"))
    monkeypatch.setattr(sys, "exec_prefix", str(tmp_path / prefix))
    monkeypatch.setattr(sys, "executable", str(tmp_path / executable))
    assert engine_env.qgis_python(windows=True) == python


@pytest.mark.parametrize("program", ["python3", f"python{sys.version_info[0]}.{sys.version_info[1]}"])
def test_qgis_python_on_macos(program, tmp_path, monkeypatch):
    contents = tmp_path / "QGIS-LTR.app" / "Contents" / "MacOS"
    python = touch(contents / "bin" / program)
    touch(contents / "QGIS")
    monkeypatch.setattr(sys, "executable", str(contents / "QGIS"))
    for prefix in (contents, tmp_path / "QGIS-LTR.app" / "Contents" / "Frameworks"):
        monkeypatch.setattr(sys, "exec_prefix", str(prefix))
        assert engine_env.qgis_python(windows=False) == python


def test_conda_environments_wherever_they_lie(tmp_path):
    touch(tmp_path / "miniforge3" / "bin" / "python")
    touch(tmp_path / "miniforge3" / "envs" / "geo lab" / "bin" / "python")
    elsewhere = touch(tmp_path / "data" / "größe" / "bin" / "python").parent.parent
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{elsewhere}\n{tmp_path / 'gone'}\n\n", encoding="utf-8")
    labels = [origin for _, origin in pythons.conda_pythons(tmp_path, windows=False)]
    assert labels == ["conda “miniforge3”", "conda “geo lab”", "conda “größe”"]
    touch(tmp_path / "miniconda3" / "envs" / "w" / "python.exe")
    assert [origin for _, origin in pythons.conda_pythons(tmp_path, windows=True)] == ["conda “w”"]


def test_the_list_of_an_old_conda_is_in_the_systems_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr("locale.getpreferredencoding", lambda _do_setlocale=True: "cp1252")
    python = touch(tmp_path / "josé" / "bin" / "python")
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{tmp_path / 'josé'}\n", encoding="cp1252")
    assert [path for path, _ in pythons.conda_pythons(tmp_path, windows=False)] == [python]


def test_system_pythons_the_newest_first(tmp_path):
    for version in ("3.9", "3.10", "3.12"):
        touch(tmp_path / f"python{version}")
    found = [path.name for path, _ in pythons.system_pythons("linux", {"PATH": f"{tmp_path}{os.pathsep}"})]
    assert found == ["python3.12", "python3.10"]


def test_folders_that_are_closed_to_this_user_hold_none(tmp_path, monkeypatch):
    closed, open_ = touch(tmp_path / "closed" / "python3.12"), touch(tmp_path / "python3.12")
    is_file = Path.is_file

    # As Pythons before 3.14 answer; later ones say that there is no such file.
    def refuse(path, **kwargs):
        if "closed" in path.parts:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path, **kwargs)

    monkeypatch.setattr(Path, "is_file", refuse)
    found = pythons.system_pythons("linux", {"PATH": f"{closed.parent}{os.pathsep}{tmp_path}"})
    assert [path for path, _ in found] == [open_]
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{closed.parent}\n", encoding="utf-8")
    assert list(pythons.conda_pythons(tmp_path, windows=False)) == []


def test_pythons_of_python_org_on_windows(tmp_path):
    python = touch(tmp_path / "Programs" / "Python" / "Python312" / "python.exe")
    env = {"LOCALAPPDATA": str(tmp_path), "PATH": "C:\\Windows"}
    assert [path for path, _ in pythons.system_pythons("win32", env)] == [python]


def test_a_python_is_asked_what_it_has(tmp_path):
    stop = threading.Event()
    dead = tmp_path / "dead"
    dead.write_text("#!/bin/sh\nexit 1\n")
    dead.chmod(0o755)
    talks = tmp_path / "talks"
    talks.write_text("#!/bin/sh\necho hello\n")
    talks.chmod(0o755)
    candidates = [(dead, "dead"), (talks, "talks"), (tmp_path / "gone", "gone"), (Path(sys.executable), "ours")]
    found = pythons.find_pythons(stop, [*candidates, (Path(sys.executable), "again")])
    assert [python.origin for python in found] == ["ours"]
    assert found[0].version == sys.version_info[:2]
    assert found[0].can_make
    assert pythons.best_base(found) is found[0]
    assert str(sys.executable) in found[0].label()


def test_a_python_that_can_download_is_preferred(tmp_path):
    # As QGIS's own for Windows, which finds OpenSSL by a file in its site-packages, which an environment has not.
    crippled = tmp_path / "python"
    crippled.write_text(f'#!/bin/sh\ncase "$2" in -S) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    crippled.chmod(0o755)
    found = pythons.find_pythons(threading.Event(), [(crippled, "QGIS"), (Path(sys.executable), "python.org")])
    assert [(python.origin, python.can_make) for python in found] == [("QGIS", True), ("python.org", True)]
    assert pythons.best_base(found).origin == "python.org"
    assert pythons.best_base(found[:1]).origin == "QGIS"


def test_what_a_python_lacks():
    python = pythons.ask(Path(sys.executable), "ours", threading.Event())
    assert python.can_run == (not python.missing)
    assert set(python.missing) <= {"torch", "numpy", "scipy", "rasterio", "pyogrio", "shapely", "pyproj", "safetensors"}


@pytest.mark.parametrize(("version", "can_make"), [((3, 9), False), ((3, 15), False)])
def test_without_a_fitting_python_the_way_on_is_told(version, can_make):
    old = pythons.FoundPython(Path("/usr/bin/python3"), "QGIS", version, (), can_make)
    assert old.can_run == (version > (3, 9))
    with pytest.raises(PluginError) as caught:
        pythons.best_base([old])
    assert caught.value.code == "no_engine"
    assert "python.org" in caught.value.hint


def test_pythons_for_intels_macs_are_of_no_use(tmp_path):
    # As one of python.org answers to a QGIS that runs under Rosetta.
    answer = '{"version": [3, 12], "bits": 64, "venv": true, "missing": ["torch"], "intel_mac": true}'
    intel = tmp_path / "python3.12"
    intel.write_text(f"#!/bin/sh\necho '{answer}'\n")
    intel.chmod(0o755)
    found = pythons.find_pythons(threading.Event(), [(intel, "This computer")])
    assert [python.can_make for python in found] == [False]
    with pytest.raises(PluginError) as caught:
        pythons.best_base(found)
    assert "Intel" in caught.value.message
    ours = pythons.ask(Path(sys.executable), "ours", threading.Event())
    assert not ours.intel_mac
    assert pythons.best_base([*found, ours]) is ours


def test_a_python_for_both_kinds_of_macs_is_started_for_apples(tmp_path, monkeypatch):
    # As one of python.org answers to a QGIS that runs under Rosetta, and through "arch -arm64"; QGIS's own does not.
    arch, both, own = tmp_path / "arch", tmp_path / "both" / "python3.12", tmp_path / "own" / "python3.12"
    arch.write_text('#!/bin/sh\ntest "$1" = -arm64 && shift && APPLES=1 exec "$@"\n')
    answer = '{"version": [3, 12], "bits": 64, "venv": true, "missing": ["torch"], "intel_mac": %s}'
    kinds = f"if test -n \"$APPLES\"; then echo '{answer % 'false'}'; else echo '{answer % 'true'}'; fi\n"
    for program, does in ((both, kinds), (own, f"test -z \"$APPLES\" && echo '{answer % 'true'}'\n")):
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{does}")
        program.chmod(0o755)
    arch.chmod(0o755)
    monkeypatch.setattr(pythons, "_ON_APPLES", (str(arch), "-arm64"))
    found = pythons.find_pythons(threading.Event(), [(own, "QGIS"), (both, "This computer")])
    assert [(python.can_make, python.intel_mac, python.through) for python in found] == [
        (False, True, ()),
        (True, False, (str(arch), "-arm64")),
    ]
    assert pythons.best_base(found).path == both


def test_a_search_is_cancelled_at_once():
    stop = threading.Event()
    stop.set()
    with pytest.raises(PluginError) as caught:
        pythons.find_pythons(stop, [(Path(sys.executable), "ours")])
    assert caught.value.code == "cancelled"


def test_a_program_that_hangs_is_ended():
    code, said = run(
        (sys.executable, "-u", "-c", "print('here'); import time; time.sleep(60)"),
        os.environ,
        threading.Event(),
        patience_s=3,
    )
    assert code != 0
    assert said == "here"


# --- pip's words

WORDS = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "disk is full",
    "[WinError 112] There is not enough space on the disk": "disk is full",
    "error: proxy-connection-failed\n× Failed to connect to proxy http://proxy:3128": "proxy",
    "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))":
        "proxy",
    "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: 'C:/x/LICENSE.txt'\n"
    "HINT: This error might have occurred since this system does not have Windows Long Path support enabled. You can": (
        "too long"
    ),
    "error: ssl-verification-failed": "certificate",
    "Could not fetch URL https://index.example/numpy/: There was a problem confirming the ssl certificate: The 'ssl' "
    "module is unavailable but required for HTTPS URLs - skipping": "lacks OpenSSL",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "damaged",
    "zipfile.BadZipFile: File is not a zip file": "damaged",
    "error: connection-failed\n× Failed to connect to 127.0.0.1": "cannot be reached",
    "error: connection-timeout": "cannot be reached",
    "error: incomplete-download\n× Download failed because not enough bytes were received": "cannot be reached",
    "ERROR: No matching distribution found for torch==2.13.0": "not there for this system",
    "Segmentation fault": "could not be installed",
}  # fmt: skip


@pytest.mark.parametrize(("words", "message"), WORDS.items(), ids=list(WORDS.values()))
def test_pips_words_are_put_into_ours(words, message):
    error = explain(words)
    assert message in error.message
    assert error.hint
    assert error.details == words


# --- the lock file


def test_the_lock_has_a_hash_for_every_package():
    pins = {pin.name: pin for pin in lock.read_pins()}
    assert {"torch", "numpy", "rasterio", "pip"} <= set(pins)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", pin.text) for pin in pins.values())
    assert {name for name, pin in pins.items() if pin.is_cuda} >= {"triton", "nvidia-cublas"}
    assert not pins["torch"].is_cuda
    assert len(pins["numpy"].requirements) > 1, "one for each range of Pythons"


def test_the_pip_that_comes_along_is_the_locked_one():
    (wheel,) = (places.RESOURCES / "pip").glob("*.whl")
    pin = next(pin for pin in lock.read_pins() if pin.name == "pip")
    assert f"pip=={wheel.name.split('-')[1]}" in pin.text
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in pin.text


def test_places_on_windows_and_elsewhere(tmp_path):
    assert places.python_of(tmp_path, windows=True) == tmp_path / "Scripts" / "python.exe"
    assert places.python_of(tmp_path, windows=False) == tmp_path / "bin" / "python"
    assert places.read_facts(tmp_path) == {}


def test_the_data_folder_is_the_systems(monkeypatch):
    monkeypatch.delenv("ANOMALY_LENS_HOME")
    folder = places.engine_folder()
    assert folder.parts[-2:] == ("anomaly-lens", "engine")
    assert places.RESOURCES.parent not in folder.parents


# --- the network


@pytest.mark.parametrize("letters", [str.upper, str.lower])
def test_a_proxy_of_qgis_reaches_pip(monkeypatch, tmp_path, letters):
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.setenv(letters(name), "of.the.environment")
    kinds = QNetworkProxy.ProxyType
    proxy = QNetworkProxy(kinds.HttpProxy, "proxy.example.org", 3128, "mül@er", "p:w d")
    manager = QgsNetworkAccessManager.instance()
    before = manager.fallbackProxy()
    manager.setFallbackProxyAndExcludes(proxy, ["https://intranet.example.org/"], [])
    try:
        env = network.network_environment(tmp_path / "ca.pem", {})
    finally:
        manager.setFallbackProxyAndExcludes(before, [], [])
    assert env["HTTPS_PROXY"] == env["HTTP_PROXY"] == "http://m%C3%BCl%40er:p%3Aw%20d@proxy.example.org:3128"
    assert "intranet.example.org" in env["NO_PROXY"]
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    # pip asks no other.
    used = getproxies_environment()
    assert [used[name] for name in ("http", "https", "no")] == [env["HTTP_PROXY"], env["HTTPS_PROXY"], env["NO_PROXY"]]


def test_without_a_proxy_the_environments_stays(tmp_path):
    assert network.network_environment(tmp_path / "ca.pem", {"HTTPS_PROXY": "http://there:1"}) == {}


def test_a_socks_proxy():
    assert network.proxy_url(QNetworkProxy(QNetworkProxy.ProxyType.Socks5Proxy, "s", 1080)) == "socks5h://s:1080"


def test_authorities_of_qgis_reach_pip(monkeypatch, tmp_path):
    monkeypatch.setattr(network, "_authorities", lambda: b"-----BEGIN CERTIFICATE-----")
    path = tmp_path / "new folder" / "ca.pem"
    assert network.network_environment(path, {}) == {"PIP_CERT": str(path)}
    assert path.read_bytes().startswith(b"-----BEGIN")
    assert network.network_environment(path, {"PIP_CERT": "mine"}) == {}


# --- the report


def test_a_report_tells_much_and_names_nobody(monkeypatch, tmp_path):
    home = tmp_path / "home" / "anna müller"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("ANOMALY_LENS_HOME", str(home / "data"))
    settings.ENGINE_PYTHON.set(sys.executable)
    settings.ENGINE_INDEX.set("https://user:secret@index.example.org/whl")
    text = diagnostics([TURING], [f"line {n}" for n in range(500)] + [f"Collecting from {home}/x"])
    for wanted in ("QGIS 3", "Qt ", "580.65.06", "line 499", "~/data/engine", "~/x", sys.executable, "index.example"):
        assert wanted in text
    assert "line 100\n" not in text
    assert "anna" not in text
    assert "secret" not in text


def test_a_password_with_a_sign_of_its_own_is_masked_whole():
    text = (
        "Looking in indexes: https://anna:p@ss@index.example.org/whl, https://b:c@other.example.org, user@example.org"
    )
    assert (
        mask(text)
        == "Looking in indexes: https://…@index.example.org/whl, https://…@other.example.org, user@example.org"
    )


def test_a_home_on_windows_is_masked_in_all_its_spellings():
    home = Path("C:\\Users\\Anna")
    text = "c:\\users\\anna\\x C:/Users/Anna/y 'C:\\\\Users\\\\Anna\\\\z' C:\\Users\\Annabel"
    assert mask(text, home) == "~\\x ~/y '~\\\\z' C:\\Users\\Annabel"
