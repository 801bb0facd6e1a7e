"""Setting up: what is there afterwards, whatever happens on the way."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from anomaly_lens.plugin import engine_env
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.setup import gpu, make, places
from anomaly_lens.plugin.setup.make import make_environment, remove_environments
from anomaly_lens.plugin.setup.pip import Pip, explain
from anomaly_lens.plugin.translation import engine_texts

# Before a fixture puts a quicker one in its place.
BRING = Pip.bring


def told_nothing(_fraction, _text):
    pass


def made(plan, tell=told_nothing, stop=None):
    return make_environment(plan, tell, stop or threading.Event())


def failure(plan, **kwargs):
    with pytest.raises(PluginError) as caught:
        made(plan, **kwargs)
    return caught.value


def left():
    """The names in the engine's folder."""
    folder = places.engine_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_whole_environment_appears_and_nothing_else(make_plan):
    told = []
    facts = made(make_plan(), tell=lambda fraction, text: told.append((fraction, text)))
    assert facts["torch"] == "1.0"
    environment = places.own_environment()
    assert left() == [environment.name]
    assert environment == places.environment_folder(sys.version_info[:2])
    assert engine_env.python_of(environment).is_file()
    assert places.read_facts(environment)["device"] == "cpu"
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    texts = " ".join(text for _, text in told)
    assert all(
        word in texts for word in ("Downloading torch", "small-package", "Installing 2 small packages", "convolution")
    )


def test_it_has_a_pip_of_its_own_and_sees_nothing_of_qgis(make_plan, monkeypatch):
    monkeypatch.setattr(Pip, "bring", BRING)
    made(make_plan())
    python = places.python_of(places.own_environment())
    done = subprocess.run([python, "-I", "-m", "pip", "list", "--format=json"], capture_output=True, text=True)
    assert {p["name"] for p in json.loads(done.stdout)} == {"pip", "torch", "small_package"}
    assert subprocess.run([python, "-I", "-c", "import qgis"], capture_output=True).returncode != 0


@pytest.mark.skipif(os.name == "nt", reason="Windows starts no Python by a script")
def test_what_starts_the_python_starts_that_of_the_environment_wherever_it_lies(make_plan, tmp_path):
    arch, seen = tmp_path / "arch", tmp_path / "seen"
    arch.write_text(f'#!/bin/sh\ntest "$1" = -arm64 && shift && echo "$@" >>"{seen}" && exec "$@"\n')
    arch.chmod(0o755)
    made(make_plan(through=(str(arch), "-arm64")))
    assert "-m venv" in seen.read_text().splitlines()[0]
    python = places.python_of(places.own_environment())
    done = subprocess.run([python, "-I", "-c", "import sys, torch; print(sys.prefix)"], capture_output=True, text=True)
    assert done.stdout.strip() == str(python.parent.parent)
    assert "import sys, torch" in seen.read_text().splitlines()[-1]
    # As when the Python that it was made from is gone.
    python.with_name("python3").unlink()
    assert places.own_environment() is None


def test_the_engine_is_found_from_then_on(make_plan, monkeypatch):
    monkeypatch.setattr(engine_env, "checkout_python", lambda: None)
    made(make_plan())
    assert engine_env.find_python() == places.python_of(places.own_environment())
    shutil.rmtree(places.own_environment())
    monkeypatch.setattr(engine_env, "qgis_python", lambda: None)
    with pytest.raises(PluginError) as caught:
        engine_env.find_python()
    assert "Set up engine" in caught.value.hint


def test_a_plugin_with_another_lock_makes_another_and_removes_the_old(make_plan, lock_file):
    made(make_plan())
    before = places.own_environment()
    lock_file.write_text(lock_file.read_text() + "# newer\n")
    assert places.own_environment() is None
    made(make_plan())
    assert places.own_environment() != before
    assert left() == [places.own_environment().name]


def test_an_environment_of_a_python_that_is_gone_goes_too(make_plan):
    made(make_plan())
    gone = places.environment_folder((3, 1))
    places.own_environment().rename(gone)
    places.python_of(gone).unlink()
    assert places.own_environment() is None
    made(make_plan())
    assert left() == [places.own_environment().name]


def test_what_is_left_of_an_old_environment_is_not_taken_for_one(make_plan, monkeypatch):
    made(make_plan())
    old = places.environment_folder((3, 1))
    places.own_environment().rename(old)
    unlink = os.unlink

    def in_use(path, *args, **kwargs):
        # As on Windows, where another QGIS runs the engine from there.
        if str(path).startswith("python"):
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        unlink(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", in_use)
        made(make_plan())
    assert places.own_environment() == places.environment_folder(sys.version_info[:2])
    made(make_plan())
    assert left() == [places.own_environment().name]


def test_repair_replaces_what_is_broken(make_plan):
    made(make_plan())
    broken = places.own_environment()
    package = next(broken.rglob("small_package"))
    shutil.rmtree(package)
    made(make_plan())
    assert package.is_dir()


def test_a_failed_repair_leaves_what_was_there(make_plan, index):
    made(make_plan())
    before = places.own_environment().stat().st_mtime_ns
    index.status = 503
    failure(make_plan())
    assert places.own_environment().stat().st_mtime_ns == before
    assert make.DRAFT not in left()


@pytest.mark.parametrize("refusals", [2, 100])
def test_a_new_environment_that_cannot_be_put_in_place_costs_nobody_the_old(make_plan, monkeypatch, refusals):
    made(make_plan())
    before = places.own_environment().stat().st_ino
    rename, refused = Path.rename, []

    def scanned(path, target):
        if path.name == make.DRAFT and len(refused) < refusals:
            # As where a virus scanner on Windows reads the new files.
            refused.append(path)
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", scanned)
    monkeypatch.setattr(make, "_REMOVE_TRIES", 4)
    if refusals > make._REMOVE_TRIES:
        assert failure(make_plan()).code == "not_writable"
        assert places.own_environment().stat().st_ino == before
    else:
        made(make_plan())
        assert places.own_environment().stat().st_ino != before
    assert [name for name in left() if not name.startswith("downloads")] == [places.own_environment().name]


def test_cancel_in_mid_download_is_over_at_once_and_keeps_what_had_come(make_plan, index, tmp_path, monkeypatch):
    (tmp_path / "small disk").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "small disk"))
    index.holds = "torch"
    begun, stop = threading.Event(), threading.Event()
    errors = []

    def tell(_fraction, text):
        if "torch" in text:
            # The other package has come; this one never will.
            begun.set()

    thread = threading.Thread(target=lambda: errors.append(failure(make_plan(), tell=tell, stop=stop)))
    thread.start()
    assert begun.wait(60)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert [error.code for error in errors] == ["cancelled"]
    assert places.own_environment() is None
    (downloads,) = left()
    assert [path.name.split("-")[0] for path in (places.engine_folder() / downloads).glob("*.whl")] == ["small_package"]
    index.holds = ""
    index.fetched.clear()
    made(make_plan())
    assert not (places.own_environment() / "temporary").exists()
    assert list((tmp_path / "small disk").iterdir()) == []
    assert {name.split("-")[0] for name, _ in index.fetched} == {"torch"}


def test_a_connection_that_breaks_is_resumed_where_it_broke(make_plan, index):
    index.breaks_at = 100_000
    made(make_plan())
    starts = [start for name, start in index.fetched if name.startswith("torch")]
    assert starts == [0, 100_000]


def test_a_file_that_is_not_the_locked_one_is_refused(make_plan, index, write_wheel):
    write_wheel(index.wheels, "small_package", ballast=10)
    error = failure(make_plan())
    assert error.code == "setup_failed"
    assert "damaged" in error.message
    assert make.DRAFT not in left()


def test_a_damaged_download_is_fetched_again(make_plan, index):
    index.status = 503
    failure(make_plan())
    (downloads,) = left()
    (places.engine_folder() / downloads / "small_package-1.0-py3-none-any.whl").write_bytes(b"half a whe")
    index.status = 200
    made(make_plan())
    assert places.own_environment() is not None


def test_no_network(make_plan, index):
    index.shutdown()
    index.server_close()
    error = failure(make_plan())
    assert "cannot be reached" in error.message
    assert "folder of wheels" in error.hint
    assert error.details


def test_a_proxy_that_wants_a_password(make_plan, index, monkeypatch):
    index.status = 407
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example.org/simple")
    error = failure(make_plan(env={"HTTPS_PROXY": index.url.removesuffix("/simple"), "NO_PROXY": ""}))
    assert "proxy" in error.message
    assert "Network" in error.hint


def test_a_folder_of_wheels_needs_no_network(make_plan, index):
    folder = index.wheels.with_name("räder auf vorrat")
    shutil.copytree(index.wheels, folder)
    index.status = 503
    made(make_plan(wheels=folder))
    assert places.own_environment() is not None
    assert index.fetched == []


def test_a_folder_without_wheels_is_no_reason_to_download(make_plan, index, tmp_path):
    (tmp_path / "wrong").mkdir()
    for folder in (tmp_path / "wrong", tmp_path / "stick that was pulled out"):
        error = failure(make_plan(wheels=folder))
        assert str(folder) in error.message
    assert index.fetched == []


def test_a_build_of_pytorch_in_the_folder_is_taken_and_cuda_left_out(make_plan, index, write_wheel):
    folder = index.wheels.with_name("vorrat")
    write_wheel(folder, "torch", "1.0+cpu")
    assert made(make_plan(wheels=folder))["torch"] == "1.0+cpu"
    assert {name.split("-")[0] for name, _ in index.fetched} == {"small_package"}


def test_an_index_of_builds_is_asked_for_the_chosen_one(make_plan, index, write_wheel):
    plan = make_plan(index=f"{index.url}/whl/cu118/")
    assert plan.index_url() == f"{index.url}/whl/cpu"
    assert make_plan(index=f"{index.url}/whl").index_url() == f"{index.url}/whl/cpu"
    write_wheel(index.wheels, "torch", "1.0+cpu")
    assert made(plan)["torch"] == "1.0+cpu"


def test_an_index_without_the_chosen_build_is_no_reason_to_take_another(make_plan, index):
    error = failure(make_plan(index=f"{index.url}/whl", choice=gpu.Choice("cu126", "because", True)))
    assert "not there" in error.message
    assert not any(name.startswith("torch") for name, _ in index.fetched)


def test_an_engine_that_does_not_work_is_not_taken(make_plan, tmp_path):
    plan = make_plan()
    make.ENGINE_SCRIPT.write_text('print(\'{"error": {"code": "engine_incomplete", "message": "no torch"}}\')')
    error = failure(plan)
    assert (error.code, error.message) == ("engine_incomplete", "no torch")
    make.ENGINE_SCRIPT.write_text("raise SystemExit('last words')")
    error = failure(plan)
    assert error.code == "engine_incomplete"
    assert "last words" in error.details
    assert places.own_environment() is None


def test_what_the_check_says_is_in_the_users_language(monkeypatch):
    said = '{"error": {"code": "engine_incomplete", "message": "The Python at p lacks torch.", "hint": ""}}'
    monkeypatch.setattr(make, "run", lambda *_args, **_more: (2, said))
    monkeypatch.setattr(make, "engine_texts", lambda: engine_texts("es"))
    with pytest.raises(PluginError) as caught:
        make.check_engine(Path("p"), "auto", threading.Event())
    assert caught.value.message == "Al Python de p le falta torch."


def test_a_card_that_cannot_compute_is_told_and_the_processor_taken(make_plan):
    plan = make_plan()
    make.ENGINE_SCRIPT.write_text(
        "import json, sys\n"
        "device = sys.argv[sys.argv.index('--device') + 1]\n"
        "broken = {'error': {'code': 'device_failed', 'message': 'No kernel image.'}}\n"
        "print(json.dumps({'device': 'cpu'} if device == 'cpu' else broken))\n"
        "sys.exit(0 if device == 'cpu' else 2)\n"
    )
    assert made(plan) == {"device": "cpu", "warning": "No kernel image."}


def test_two_at_once(make_plan):
    plan = make_plan()
    places.engine_folder().mkdir(parents=True)
    with make._only_one(places.engine_folder()):
        error = failure(plan)
        with pytest.raises(PluginError) as caught:
            remove_environments()
    assert error.code == caught.value.code == "setup_busy"
    assert str(os.getpid()) in error.message
    assert left() == []


def test_the_lock_of_a_dead_process_counts_for_nothing(make_plan):
    plan = make_plan()
    places.engine_folder().mkdir(parents=True)
    code = (
        "import sys; from qgis.PyQt.QtCore import QLockFile; import os\n"
        "lock = QLockFile(sys.argv[1]); assert lock.tryLock(0); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(places.engine_folder() / "setup.lock")], check=True)
    assert left() == ["setup.lock"]
    made(plan)


def test_too_little_space_is_told_before_anything_is_fetched(make_plan, monkeypatch, index):
    monkeypatch.setattr(make.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**10, 10**10, 10**8))
    error = failure(make_plan())
    assert error.code == "disk_full"
    assert "0.1 GB free" in error.message
    assert index.fetched == []


def test_a_full_disk_in_mid_download(make_plan, tmp_path, monkeypatch):
    disk = tmp_path / "small disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk here")
    try:
        monkeypatch.setenv("ANOMALY_LENS_HOME", str(disk))
        monkeypatch.setenv("TMPDIR", str(disk))
        monkeypatch.setattr(make, "_check_space", lambda *_: None)
        error = failure(make_plan())
        assert error.code == "disk_full"
        assert places.own_environment() is None
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_up_at_the_end_costs_no_download(make_plan, index, monkeypatch):
    install = Pip.install

    def full(_pip, _wheels):
        raise explain("OSError: [Errno 28] No space left on device")

    monkeypatch.setattr(Pip, "install", full)
    error = failure(make_plan())
    assert error.code == "disk_full"
    assert "downloads are kept" in error.hint
    monkeypatch.setattr(Pip, "install", install)
    index.fetched.clear()
    made(make_plan())
    assert index.fetched == []


def test_a_folder_that_cannot_be_made_is_named(make_plan, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANOMALY_LENS_HOME", str(tmp_path / "file"))
    error = failure(make_plan())
    assert error.code == "not_writable"
    assert str(tmp_path / "file") in error.message


def test_words_for_a_full_disk():
    assert make._disk_error(OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))).code == "disk_full"
    error = OSError(errno.EINVAL, "There is not enough space on the disk")
    error.winerror = 112
    assert make._disk_error(error).code == "disk_full"


def test_windows_takes_the_paths_of_an_environment():
    # The usual folder, of a user with the longest name that Windows takes, and PyTorch's longest name in it.
    site_packages = f"C:\\Users\\{20 * 'n'}\\AppData\\Local\\anomaly-lens\\engine\\{make.DRAFT}\\Lib\\site-packages\\"
    deepest = "torch-2.13.0+cu126.dist-info/licenses/third_party/kineto/libkineto/third_party/dynolog/third_party/"
    deepest += "prometheus-cpp/3rdparty/civetweb/src/third_party/duktape-1.5.2/LICENSE.txt"
    assert len(site_packages + deepest) <= 259
    # In its place it has a longer name, under which it is removed.
    assert make.of_any_length("C:\\Users\\n", windows=True) == "\\\\?\\C:\\Users\\n"
    assert make.of_any_length("\\\\server\\share\\n", windows=True) == "\\\\?\\UNC\\server\\share\\n"
    assert make.of_any_length("/n", windows=False) == "/n"


def test_remove_takes_everything_away(make_plan):
    made(make_plan())
    remove_environments()
    assert not places.engine_folder().exists()
    remove_environments()
    assert Path(sys.executable).exists()


def test_remove_where_the_folder_is_a_link_to_a_larger_disk(make_plan, tmp_path):
    (tmp_path / "disk").mkdir()
    plan = make_plan()
    places.engine_folder().parent.mkdir(parents=True, exist_ok=True)
    places.engine_folder().symlink_to(tmp_path / "disk")
    made(plan)
    assert list((tmp_path / "disk").iterdir())
    remove_environments()
    assert list((tmp_path / "disk").iterdir()) == []
    made(plan)
