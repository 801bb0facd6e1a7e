"""Reaching Dask workers, and seeing that they can do what they will be asked to do."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

from ..device import choose_device
from ..errors import EngineError
from .remote import forget, see_files, versions

if TYPE_CHECKING:
    from distributed import Client, Future

ANSWER_SECONDS = 10
"""How long a scheduler may take to answer."""

WORKER_SECONDS = 60
"""How long a run waits while its cluster has no worker at all: a batch system may be starting some."""

AHEAD = 3
"""How many pieces of work per worker are asked for before the first is done: enough that none waits for work."""

_POLL_SECONDS = 0.3

_AGAIN = "Start the same run again: it goes on where it was."

_LOCAL = re.compile(r"local(?::(\d+))?")

_DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""What workers on this machine begin with: a terminal's Ctrl-C goes to them, too, and they are stopped by who asked."""


@contextmanager
def connect(address: str, device: str = "auto") -> Iterator[Client]:
    """Connect to a Dask cluster, or start one on this machine for as long as the block lasts.

    Args:
        address: of a scheduler, as tcp://host:8786; or local, or local:N for N worker processes on this machine.
        device: what the run is to compute on: "auto", "cpu" or "cuda".

    Yields:
        A client whose workers all have this machine's versions, and the device.

    Raises:
        EngineError: ``engine_incomplete``, ``cluster_unreachable``, ``cluster_mismatch``, ``bad_parameter``.
    """
    try:
        import distributed
    except ImportError as error:
        raise EngineError(
            "engine_incomplete",
            "This Python has no dask.distributed, which runs over many processes need.",
            "Install the extra “scaleout”; docs/scale-out.md says how.",
        ) from error
    # Lost workers and closed connections are told in words of ours; Dask's log would scatter them over the terminal.
    for name in ("distributed", "distributed.client"):  # Dask gives the second a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    local = _LOCAL.fullmatch(address)
    if local:
        with (
            _local_cluster(int(local[1]) if local[1] else None) as cluster,
            distributed.Client(cluster, direct_to_workers=True) as client,
        ):
            check_workers(client, device)
            yield client
        return
    if "://" not in address:
        raise EngineError(
            "bad_parameter",
            f"“{address}” is not the address of a Dask scheduler.",
            "Give one like tcp://host:8786, or local, or local:4 for four processes on this machine.",
        )
    try:
        client = distributed.Client(address, timeout=ANSWER_SECONDS, direct_to_workers=True, name="anomaly-lens")
    except (OSError, ValueError, asyncio.TimeoutError) as error:
        raise EngineError(
            "cluster_unreachable",
            f"No Dask scheduler answers at {address}.",
            "Check the address and the firewall, and start one there with: dask scheduler.",
        ) from error
    with client:
        check_workers(client, device)
        yield client
        with suppress(EngineError):  # what was asked of the cluster is done
            ask_all(client, forget)


@contextmanager
def _local_cluster(count: int | None) -> Iterator[Any]:
    """Worker processes on this machine; they share its cores."""
    from distributed import LocalCluster

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = cores if count is None else count
    if count < 1:
        raise EngineError("bad_parameter", "local:0 has no worker.", "Give local, or local:N with N from 1.")
    threads = str(max(1, cores // count))
    with LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
        env={"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
        preload=_DEAF,
    ) as cluster:
        yield cluster


def check_workers(client: Client, device: str) -> None:
    """See that there are workers, and that each has the versions of this process and the device.

    Raises:
        EngineError: ``cluster_unreachable`` or ``cluster_mismatch``.
    """
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except asyncio.TimeoutError as error:
        raise EngineError(
            "cluster_unreachable",
            f"The Dask scheduler at {_address(client)} has no workers.",
            "Start some with: dask worker SCHEDULER --nthreads 1.",
        ) from error
    except OSError as error:
        raise _gone_away() from error
    wanted = choose_device(device)
    own = versions()
    for worker, found in ask_all(client, _facts(), on_error="return").items():
        if isinstance(found, BaseException):
            found = {"missing": f"{type(found).__name__}: {found}"}
        if "missing" in found:
            raise EngineError(
                "cluster_mismatch",
                f"The worker {worker} cannot load Anomaly Lens ({found['missing']}).",
                "Install the same version, with its extra “scaleout”, in the Python of every worker.",
            )
        other = {name: value for name, value in found["versions"].items() if value != own.get(name)}
        if other:
            apart = ", ".join(f"{name} {value} instead of {own.get(name)}" for name, value in other.items())
            raise EngineError(
                "cluster_mismatch",
                f"The worker {worker} has {apart}: its results would not be those of this machine.",
                "Install the same versions on every worker, and start the workers again.",
            )
        if wanted not in found["devices"]:
            raise EngineError(
                "cluster_mismatch",
                f"The worker {worker} has no device “{wanted}”, which this machine has.",
                "Give --device cpu, or start workers on machines with GPUs only.",
            )
        if device == "auto" and wanted == "cpu" and "cuda" in found["devices"]:
            raise EngineError(
                "cluster_mismatch",
                f"The worker {worker} has a GPU, but this machine, which prepares the run, has none.",
                "Start the run on a machine with a GPU, or give --device cpu to leave the GPUs idle.",
            )


def _facts() -> Any:  # noqa: ANN401 - a function that is defined nowhere by name
    """:func:`facts`, to be sent as a whole: a worker without the package could not look it up by name."""

    def ask() -> dict[str, Any]:
        from importlib import import_module

        try:
            remote = import_module("anomaly_lens.engine.scaleout.remote")
        except ImportError as error:
            return {"missing": str(error)}
        return dict(remote.facts())

    return ask


def check_files(client: Client, scenes: list[str], out: str | None = None) -> None:
    """See that every worker can read the scenes, and write in the output folder where it has to.

    Args:
        client: connected.
        scenes: paths as the workers will open them; the first that can be opened here is tried.
        out: a folder that is there.

    Raises:
        EngineError: ``cluster_mismatch``.
    """
    scene = next((scene for scene in scenes if see_files(scene) is None), None)
    complaints = {w: text for w, text in ask_all(client, see_files, scene, out).items() if text is not None}
    if complaints:
        text, count = Counter(complaints.values()).most_common(1)[0]
        worker = next(w for w, complaint in complaints.items() if complaint == text)
        raise EngineError(
            "cluster_mismatch",
            f"{count} of the workers, {worker} among them: {text}",
            "Put scenes and results where all machines see them under one path, or give scenes by URL (/vsicurl/…).",
        )


def ask_all(
    client: Client, function: Callable[..., Any], *arguments: object, on_error: Literal["ignore", "return"] = "ignore"
) -> dict[str, Any]:
    """What a function gives on each worker, by its address.

    Args:
        client: connected.
        function: to be called there.
        *arguments: of the function.
        on_error: "ignore" leaves out workers that it fails on or that die meanwhile; "return" gives what was raised.

    Raises:
        EngineError: ``cluster_lost``.
    """
    try:
        return dict(client.run(function, *arguments, on_error=on_error))
    except OSError as error:  # Dask's closed connections are among them
        raise _gone_away() from error


def _gone_away() -> EngineError:
    return EngineError("cluster_lost", "The Dask scheduler has gone away.", f"Start it again. {_AGAIN}")


def crew(client: Client) -> int:
    """How many workers there are just now.

    Raises:
        EngineError: ``cluster_lost``.
    """
    try:
        if client.status == "running":
            return len(client.nthreads())
    except (OSError, AttributeError):  # the connection ended between the two
        pass
    raise _gone_away()


def drop(client: Client, futures: Collection[Future]) -> None:
    """Have tasks not done, if there is anybody left who could do them."""
    if client.status == "running":
        client.cancel(list(futures))


def wait_for_any(client: Client, futures: Collection[Future], waiting: Callable[[], None]) -> list[Future]:
    """Wait until some of these tasks are done.

    Args:
        client: that submitted them.
        futures: the tasks, at least one.
        waiting: called several times a second meanwhile; may raise.

    Returns:
        Those that are done.

    Raises:
        EngineError: ``cluster_lost``, where there is nobody left to do them.
    """
    from distributed import wait

    last_seen = time.monotonic()
    while not (done := [future for future in futures if future.done()]):
        with suppress(asyncio.TimeoutError):
            wait(list(futures), timeout=_POLL_SECONDS, return_when="FIRST_COMPLETED")
            continue
        waiting()
        if crew(client):
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen > WORKER_SECONDS:
            raise EngineError("cluster_lost", "The cluster has no workers any more.", f"Start some. {_AGAIN}")
    return done


def outcome(future: Future) -> Any:  # noqa: ANN401 - whatever it gave
    """What a task gave that is done.

    Raises:
        EngineError: that the task gave for a result; or ``cluster_lost``.
    """
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    try:
        found = future.result()
    except KilledWorker as error:
        raise EngineError(
            "cluster_lost",
            "Workers died again and again at one piece of work, most likely for lack of memory.",
            f"Give workers more memory, or start fewer on a machine. {_AGAIN}",
        ) from error
    except (FutureCancelledError, CommClosedError) as error:
        raise EngineError("cluster_lost", "The Dask scheduler dropped the run.", _AGAIN) from error
    if isinstance(found, EngineError):
        raise found
    return found


def _address(client: Client) -> str:
    return str(client.scheduler.address)
