"""Runs a command and prints as JSON how long it took and how much memory it held at most.

Run it as a script, ``python bench_child.py COMMAND…``: it imports next to nothing, because on Linux the peak of a
process begins with that of the process that started it. ``seconds`` is wall time, ``cpu_seconds`` that of the
processors, which other programs hardly change, ``peak_bytes`` the largest resident set, torch and threads included,
``status`` the exit status. The command's own output goes to stderr.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    status = subprocess.run(sys.argv[1:], stdout=sys.stderr, check=False).returncode  # noqa: S603  # nosec B603
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = used.ru_utime + used.ru_stime
    found = {"status": status, "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": used.ru_maxrss * 1024}
    print(json.dumps(found))
