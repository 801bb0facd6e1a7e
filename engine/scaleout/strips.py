"""One giant scene: its strips are looked at on many workers."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import cloudpickle

from ..errors import EngineError
from ..progress import Step
from ..region import Region, Strip
from ..scene import Scene
from .cluster import WORKER_SECONDS
from .remote import Source, look_at, thaw, versions

if TYPE_CHECKING:
    from distributed import Client, Future
    from shapely.geometry.base import BaseGeometry

AHEAD = 3
"""How many strips per worker are asked for before the first of them is there: enough that none waits for work."""

_POLL_SECONDS = 0.3

T = TypeVar("T")


class ScatteredRegion(Region):
    """A region whose passes run on Dask workers.

    What they find comes back in the order of the strips, so that whatever is summed up from it is the same as in one
    process. A strip whose worker dies is given to another one.

    Args:
        client: connected to the workers.
        scene: the scene; the workers open it by its path.
        area: the area of interest in the scene's pixel coordinates; the whole scene when None.
    """

    def __init__(self, client: Client, scene: Scene, area: BaseGeometry | None = None) -> None:
        super().__init__(scene, area)
        self._client = client
        self._source = Source(
            run=uuid.uuid4().hex,
            path=scene.path,
            bands=tuple(scene.bands),
            shape=(scene.count, scene.height, scene.width, scene.dtype),
            area=None if area is None else area.wkb,
            versions=str(versions()),
        )

    def visit(
        self, look: Callable[[Strip], T], step: Step, halo: int = 0, only: Collection[int] | None = None
    ) -> Iterator[T]:
        """See :meth:`Region.visit`.

        Raises:
            EngineError: also ``cluster_lost``, where workers keep dying or the cluster has gone away.
        """
        spans = self.spans(halo)
        if len(spans) == 1:  # not worth the way
            yield from super().visit(look, step, halo, only)
            return
        # As a task of its own it travels once to each worker, and the scheduler can have it made again.
        function = self._client.submit(thaw, cloudpickle.dumps(look), pure=False)
        wanted = deque(span for span in spans if only is None or span[0] in only)
        count = len(wanted)
        asked: deque[Future] = deque()

        def tell() -> None:
            step(1 - (len(wanted) + sum(not future.done() for future in asked)) / count)

        try:
            while wanted or asked:
                while wanted and len(asked) < AHEAD * max(1, len(self._client.nthreads())):
                    span = wanted.popleft()
                    asked.append(self._client.submit(look_at, function, self._source, *span, halo, pure=False))
                yield result(self._client, asked[0], tell)
                asked.popleft()
                tell()
        finally:
            self._client.cancel(list(asked))


def result(client: Client, future: Future, waiting: Callable[[], None]) -> Any:  # noqa: ANN401
    """What a task gave.

    Args:
        client: that submitted it.
        future: the task.
        waiting: called several times a second until it is there; may raise.

    Raises:
        EngineError: what the task returned as such, or ``cluster_lost``.
    """
    from distributed import KilledWorker, wait
    from distributed.client import FutureCancelledError

    last_seen = time.monotonic()
    while not future.done():
        try:
            wait([future], timeout=_POLL_SECONDS)
        except asyncio.TimeoutError:
            waiting()
            if client.status != "running":
                raise EngineError(
                    "cluster_lost",
                    "The Dask scheduler has gone away.",
                    "Start it again, then the same run: it goes on where it was.",
                ) from None
            if client.nthreads():
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > WORKER_SECONDS:
                raise EngineError(
                    "cluster_lost",
                    "The cluster has no workers any more.",
                    "Start some, then the same run: it goes on where it was.",
                ) from None
    try:
        found = future.result()
    except KilledWorker as error:
        raise EngineError(
            "cluster_lost",
            "Workers died again and again at the same piece of work, most likely for lack of memory.",
            "Give workers more memory, or start fewer on a machine; then start the same run again.",
        ) from error
    except FutureCancelledError as error:
        raise EngineError(
            "cluster_lost",
            "The Dask scheduler dropped the run.",
            "Start the same run again: it goes on where it was.",
        ) from error
    if isinstance(found, EngineError):
        raise found
    return found
