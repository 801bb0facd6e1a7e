"""Runs a program to its end, line by line, so that it can be stopped at any moment."""

from __future__ import annotations

import math
import os
import queue
import subprocess  # nosec B404
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication

from ..engine_env import working_folder
from ..errors import PluginError

translate = QCoreApplication.translate

_LOOK_S = 0.1


def run(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    stop: threading.Event,
    on_line: Callable[[str], None] = lambda _line: None,
    patience_s: float = math.inf,
) -> tuple[int, str]:
    """Run a program; it is killed as soon as ``stop`` is set.

    Args:
        command: program and arguments.
        env: its whole environment.
        stop: set to end it early.
        on_line: called with each line that it writes, in this thread.
        patience_s: seconds after which it is killed.

    Returns:
        Its exit status and all that it wrote, errors included.

    Raises:
        PluginError: ``cancelled`` where ``stop`` is set, or ``setup_failed`` where it cannot be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a Python that the user or QGIS chose # nosec B603
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=working_folder(),
            encoding="utf-8",
            errors="replace",
            # Without it, Windows opens a console window.
            creationflags=subprocess.CREATE_NO_WINDOW if os.name == "nt" else 0,
        )
    except OSError as error:
        text = translate("EngineSetup", "{program} cannot be started: {reason}.")
        raise PluginError("setup_failed", text.format(program=command[0], reason=error.strerror)) from error
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line.rstrip("\n"))
        lines.put(None)

    reader = threading.Thread(target=read, name="anomaly-lens-setup", daemon=True)
    reader.start()
    said = []
    deadline = time.monotonic() + patience_s
    try:
        while not stop.is_set() and time.monotonic() < deadline:
            try:
                line = lines.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if line is None:
                break
            said.append(line)
            on_line(line)
        else:
            process.kill()
        code = process.wait()
    except BaseException:
        process.kill()
        raise
    reader.join(timeout=1.0)
    if stop.is_set():
        raise PluginError("cancelled", translate("EngineSetup", "The set-up was cancelled."))
    return code, "\n".join(said)
