"""Measures speed and memory, beside others where they do the same, and prints one table.

Both sides of a ratio are timed in the same run, in turns. Times are medians, with the fastest and slowest in brackets;
losses are listed beside wins, and every time has its accuracy beside it. docs/measuring.md explains the rows.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from .bench_ada import bench_ada
from .bench_asd import bench_asd
from .bench_classical import bench_crd, bench_global, bench_local
from .bench_network import bench_network
from .bench_polygonize import bench_polygonize
from .bench_runs import bench_deep, bench_rasters, bench_wide, bench_worker
from .bench_scaleout import bench_onnx, bench_scaleout
from .bench_tools import FULL, HUGE, LARGE, LINEAR, QUICK, Row, Sizes
from .bench_uniadrs import bench_tiles
from .evaluate import make_folder
from .machine import describe, machine_facts
from .tables import NOTHING, aligned, markdown, save_json

DEFAULT_OUT = Path("out") / "bench"

BENCHES: dict[str, Callable[[Sizes, Path], Iterator[Row]]] = {
    "global": bench_global,
    "local": bench_local,
    "crd": bench_crd,
    "rasters": bench_rasters,
    "worker": bench_worker,
    "polygonize": bench_polygonize,
    "deep": bench_deep,
    "wide": bench_wide,
    "network": bench_network,
    "tiles": bench_tiles,
    "scaleout": bench_scaleout,
    "onnx": bench_onnx,
    "asd": bench_asd,
    "instances": bench_ada,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small scenes, for a minute instead of many")
    size.add_argument("--large", action="store_true", help="the network on 16384², too: many minutes more")
    size.add_argument("--huge", action="store_true", help="the network on 2048², 8192² and 32768²: half an hour more")
    size.add_argument("--linear", action="store_true", help="the network on 32768x2048, too: as many pixels as 8192²")
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES), help="default: all")
    parser.add_argument("--out", default=str(DEFAULT_OUT), metavar="DIR", help=f"default: {DEFAULT_OUT}")


def run(args: argparse.Namespace) -> int:
    """Measure, print as it goes, and save."""
    out = make_folder(Path(args.out))
    facts = {**machine_facts(), "load": os.getloadavg()[0]}
    print(f"{describe(facts)}\nload before the bench: {facts['load']:.2f}\n", flush=True)
    chosen = {"quick": QUICK, "large": LARGE, "huge": HUGE, "linear": LINEAR}
    sizes = next((sizes for name, sizes in chosen.items() if getattr(args, name)), FULL)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=out, prefix="work") as work:
        for name in args.only:
            for row in BENCHES[name](sizes, Path(work)):
                print(f"  {row.what}: {row.ours}", file=sys.stderr, flush=True)
                rows.append(row)
    headings = ["what", "ours", "theirs", "times better", "aim", "accuracy and remarks"]
    cells = [_cells(row) for row in rows]
    print(aligned(headings, cells, left=len(headings)))
    page = [*(f"    {line}" for line in describe(facts).splitlines()), "", markdown(headings, cells, left=6), ""]
    (out / "bench.md").write_text("\n".join(page), encoding="utf-8")
    save_json(out / "bench.json", {"machine": facts, "quick": args.quick, "rows": [asdict(row) for row in rows]})
    missed = [row.what for row in rows if row.aim and not row.met]
    print(f"\nsaved in {out}: bench.md, bench.json" + (f"\naims missed: {'; '.join(missed)}" if missed else ""))
    return 0


def _cells(row: Row) -> list[str]:
    ratio = NOTHING if row.ratio is None else f"{row.ratio:.2f}x" if row.ratio < 100 else f"{row.ratio:.0f}x"
    aim = f"{row.aim} {'met' if row.met else 'MISSED'}" if row.aim else ""
    return [row.what, row.ours, row.theirs, ratio, aim, row.remark]
