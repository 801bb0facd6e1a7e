"""One giant scene: its strips are looked at on many workers."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import cloudpickle
import numpy as np
from numpy.typing import NDArray

from ..paths import absolute
from ..progress import Step
from ..region import Region, Strip
from ..scene import Scene
from .cluster import AHEAD, check_files, crew, drop, outcome, wait_for_any
from .remote import Source, look_at, thaw, versions

if TYPE_CHECKING:
    from distributed import Client, Future
    from shapely.geometry.base import BaseGeometry

T = TypeVar("T")


class ScatteredRegion(Region):
    """A region whose passes run on Dask workers.

    What they find comes back in the order of the strips, so that whatever is summed up from it is the same as in one
    process. A strip whose worker dies is given to another one.

    Args:
        client: connected to the workers.
        scene: the scene; the workers open it by its path.
        area: the area of interest in the scene's pixel coordinates; the whole scene when None.

    Raises:
        EngineError: ``cluster_mismatch`` where a worker cannot read the scene.
    """

    def __init__(self, client: Client, scene: Scene, area: BaseGeometry | None = None) -> None:
        super().__init__(scene, area)
        path = absolute(scene.path)
        check_files(client, [path])
        self._client = client
        self._source = Source(
            run=uuid.uuid4().hex,
            path=path,
            bands=tuple(scene.bands),
            nodata=scene.also_nodata,
            shape=(scene.count, scene.height, scene.width, scene.dtype),
            area=None if area is None else area.wkb,
            versions=str(versions()),
        )

    def take_off(self, offset: NDArray[np.float64]) -> None:
        """See :meth:`Region.take_off`."""
        super().take_off(offset)
        self._source = replace(self._source, offset=tuple(offset.tolist()))

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
                while wanted and len(asked) < AHEAD * max(1, crew(self._client)):
                    span = wanted.popleft()
                    asked.append(self._client.submit(look_at, function, self._source, *span, halo, pure=False))
                wait_for_any(self._client, [asked[0]], tell)
                found, warnings = outcome(asked.popleft())
                self.scene.tell(*warnings)
                yield found
                tell()
        finally:
            drop(self._client, asked)
