"""A package index of this test's own, with wheels that weigh nothing, and an engine that only imports them."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from anomaly_lens.plugin.setup import gpu, lock, make, pip, places

PACKAGES = ("torch", "small_package")
CHECK = """
import json, sys
import small_package, torch
print("a library says hello")
print(json.dumps({"device": "cpu", "executable": sys.executable, "torch": torch.__version__}))
"""


def _write_wheel(folder: Path, name: str, version: str = "1.0", ballast: int = 0) -> Path:
    """Write a wheel with one module.

    Args:
        folder: for the file.
        name: of the package and the module.
        version: of the package.
        ballast: bytes that do not compress.
    """
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n".encode(),
        f"{name}/ballast": os.urandom(ballast),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_hash(data)},{len(data)}\n" for path, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return wheel


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


class Index(ThreadingHTTPServer):
    """A package index on this computer, which can be as bad as some are.

    Attributes:
        wheels: the folder that it offers.
        fetched: names of the files that were asked for, with the byte from which on.
        breaks_at: the byte at which a file's transfer breaks off, once; never where None.
        holds: the beginning of the names of files that do not come to an end; of none where empty.
        status: what every request is answered with, where it is not 200.
    """

    daemon_threads = True

    def __init__(self, wheels: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wheels = wheels
        self.fetched: list[tuple[str, int]] = []
        self.breaks_at: int | None = None
        self.holds = ""
        self.status = 200

    @property
    def url(self) -> str:
        """The address of the index."""
        return f"http://127.0.0.1:{self.server_port}/simple"

    def handle_error(self, *_: object) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Index

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_CONNECT(self) -> None:
        """As a proxy that is asked to let somebody through."""
        self.send_response(self.server.status)
        self.send_header("Proxy-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """A page of the index, or a file."""
        server = self.server
        if server.status != 200:
            self.send_response(server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif "/simple/" in self.path:
            name = self.path.rstrip("/").rsplit("/", 1)[-1].replace("-", "_")
            files = sorted(path.name for path in server.wheels.glob(f"{name}-*.whl"))
            self._send("".join(f'<a href="/files/{file}">{file}</a>' for file in files).encode(), "text/html")
        else:
            self._send_file(server.wheels / unquote(self.path.rsplit("/", 1)[-1]))

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self, path: Path) -> None:
        server = self.server
        data = path.read_bytes()
        asked = self.headers.get("Range", "bytes=0-")
        start = int(asked.removeprefix("bytes=").split("-")[0]) if "Range" in self.headers else 0
        server.fetched.append((path.name, start))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if server.breaks_at is not None and start < server.breaks_at < len(data):
            self.wfile.write(data[start : server.breaks_at])
            server.breaks_at = None
            self.close_connection = True
            return
        half = start + (len(data) - start) // 2
        self.wfile.write(data[start:half])
        self.wfile.flush()
        while server.holds and path.name.startswith(server.holds):
            threading.Event().wait(0.05)
        self.wfile.write(data[half:])


@pytest.fixture
def write_wheel():
    """A function that writes wheels."""
    return _write_wheel


@pytest.fixture
def index(tmp_path):
    """The index, with one version of each package."""
    wheels = tmp_path / "offered"
    for name in PACKAGES:
        _write_wheel(wheels, name, ballast=400_000 if name == "torch" else 0)
    server = Index(wheels)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.holds = ""
    server.shutdown()
    server.server_close()


@pytest.fixture
def lock_file(index, tmp_path, monkeypatch):
    """A lock file of what the index offers, instead of the plugin's."""
    blocks = []
    for wheel in sorted(index.wheels.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        blocks.append(f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{digest}\n")
    blocks.append("other-system==1.0 ; sys_platform == 'plan9' \\\n    --hash=sha256:" + 64 * "0" + "\n")
    blocks.append("nvidia-nothing==1.0 ; sys_platform == 'plan9' \\\n    --hash=sha256:" + 64 * "0" + "\n")
    path = tmp_path / "lock.txt"
    path.write_text("# a comment\n" + "".join(blocks), encoding="utf-8")
    for module in (places, lock):
        monkeypatch.setattr(module, "LOCK_FILE", path)
    return path


@pytest.fixture(scope="session")
def unpacked_pip(tmp_path_factory):
    """The plugin's pip as a folder."""
    folder = tmp_path_factory.mktemp("pip")
    with zipfile.ZipFile(next((places.RESOURCES / "pip").glob("*.whl"))) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def quick_pip(unpacked_pip, monkeypatch):
    """Environments get pip by reference: its installation, tested elsewhere, takes longer than all the rest."""

    def bring(self: pip.Pip) -> None:
        python = self._python
        packages = python.parent.parent / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
        (packages / "pip.pth").write_text(str(unpacked_pip))

    monkeypatch.setattr(pip.Pip, "bring", bring)


@pytest.fixture
def make_plan(index, lock_file, tmp_path, monkeypatch, quick_pip):
    """A function that plans a set-up from the index, in a folder with a difficult name."""
    script = tmp_path / "check.py"
    script.write_text(CHECK, encoding="utf-8")
    monkeypatch.setattr(make, "ENGINE_SCRIPT", script)
    monkeypatch.setenv("ANOMALY_LENS_HOME", str(tmp_path / "größer Ordner"))
    # Nothing of this computer's own pip.
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.url)

    def plan(**changes):
        fields = {
            "python": Path(sys.executable),
            "version": sys.version_info[:2],
            "choice": gpu.Choice("cpu", "because"),
            **changes,
        }
        return make.Plan(**fields)

    return plan
