"""How long a person waits for the first result, and for the next: ``make bench``, or this file with a detector's name.

A real QGIS is opened on a virtual display with the plugin in a fresh profile, and searches the sample scene: the first
time the engine is started and imports PyTorch, after that it is warm, and is to compute within 0.2 s of pressing Run.
Opening QGIS itself is in the figures, and depends on the disk: after a restart of the machine it takes longest.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from launch import OUT, PLUGIN_ZIP, QgisError, play, sample_scene

DETECTOR = "uniadrs"
SECONDS = 900.0
WARM_S = 0.2


def measure(detector: str) -> list[str]:
    """Open QGIS and search.

    Args:
        detector: name of one.

    Returns:
        Rows for people.

    Raises:
        QgisError: QGIS did not get through.
    """
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-profile-", dir=OUT) as folder:
        played = play(
            "starting",
            Path(folder) / "qgis",
            PLUGIN_ZIP,
            seconds=SECONDS,
            SCENE=str(sample_scene()),
            BENCH_OUT=str(Path(folder) / "results"),
            DETECTOR=detector,
        )
    facts = played.facts
    rows = [
        row("QGIS started, window there", facts["window"]),
        row("QGIS started, engine answers", facts["engine"]),
        row("QGIS started, first result", facts["result"]),
        row("first Run, computing", facts["computing"][0]),
        row("first Run, layers there", facts["layers"][0]),
    ]
    warm = facts["computing"][1:]
    met = "met" if max(warm) <= WARM_S else "MISSED"
    rows.append(f"{row('warm Run, computing', *warm)}   {WARM_S:g} s {met}")
    rows.append(row("warm Run, layers there", *facts["layers"][1:]))
    return rows


def row(title: str, *seconds: float) -> str:
    """A line of the table: the median, and of several the worst."""
    worst = f" {max(seconds):>8.3f}" if len(seconds) > 1 else " " * 9
    return f"{title:<32} {statistics.median(seconds):>8.3f}{worst}"


def main() -> None:
    """Measure and print."""
    detector = sys.argv[1] if len(sys.argv) > 1 else DETECTOR
    print(f"From starting QGIS to results of {detector} on the sample scene, in seconds: median, worst", flush=True)
    try:
        found = measure(detector)
    except QgisError as trouble:
        sys.exit(f"error: {trouble}")
    print("\n".join(found))


if __name__ == "__main__":
    main()
