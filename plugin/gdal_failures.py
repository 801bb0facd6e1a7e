"""GDAL tells of many a failure in passing only, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from osgeo import gdal


@contextmanager
def failures_told() -> Iterator[list[str]]:
    """The failures that GDAL tells of in this thread meanwhile, the first one first."""
    failures: list[str] = []

    def note(kind: int, _number: int, text: str) -> None:
        if kind >= gdal.CE_Failure:
            failures.append(text)

    gdal.PushErrorHandler(note)
    try:
        yield failures
    finally:
        gdal.PopErrorHandler()
