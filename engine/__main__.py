"""Runs the engine's command line, as a module or by its path.

``python -m anomaly_lens.engine …`` works where the package is installed. ``python <folder>/engine/__main__.py …`` works
anywhere: the folder above is made importable as ``anomaly_lens`` whatever it is called, and ``sys.path`` stays clean.
"""

import ctypes
import os
import sys
from contextlib import suppress

# Threads that wait by spinning make torch several times slower as soon as another program, QGIS itself, needs the
# processor. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Large tensors in large pages: four times fewer page faults, a sixth of the time. Read when torch first makes one.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

# Tens of megabytes come and go with every tile of a network. GNU's C library takes a block above 128 kB from the system
# anew, page by page, until it has learned better; blocks up to 32 MB are kept for the next from the start. Larger ones
# would save a tenth more of the time and leave holes of half a gigabyte.
with suppress(OSError, AttributeError, TypeError):
    ctypes.CDLL(None).mallopt(-3, 2**25)  # M_MMAP_THRESHOLD
    ctypes.CDLL(None).mallopt(-1, 2**27)  # M_TRIM_THRESHOLD


def _import_package_from_this_folder() -> None:
    """Make the folder above this one the package ``anomaly_lens``."""
    import importlib.util
    from pathlib import Path

    here = Path(__file__).resolve().parent
    # A script's own folder is put first on sys.path: there, engine/errors.py would be a top-level "errors".
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    root = here.parent
    spec = importlib.util.spec_from_file_location(
        "anomaly_lens", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        msg = f"{root} is not a complete Anomaly Lens folder: reinstall the plugin."
        raise ImportError(msg)
    package = importlib.util.module_from_spec(spec)
    sys.modules["anomaly_lens"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    if not __package__:
        _import_package_from_this_folder()
    from anomaly_lens.engine.cli import main

    sys.exit(main())
