"""The job behind *Teach*: from scenes and polygons of normal ground to a model in a folder."""

from __future__ import annotations

import errno
import math
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..area import as_told
from ..device import choose_device
from ..errors import EngineError
from ..fill import leave_out_fill
from ..memory import told_if_short
from ..models.asd import ASD, ASDConfig
from ..models.scales import DARK
from ..models.taught import TaughtModel, file_name, laid_out, save_model
from ..paths import without_secrets
from ..profiles import suggest
from ..progress import Progress, Reporter
from ..provenance import package_version, package_versions
from ..scene import Scene, open_scene
from ..work import missing, remove_empty, remove_old
from .checkpoints import authors_scaling, read_checkpoints
from .ground import Ground, normal_polygons, read_ground
from .learner import PAPER, RICH_SHARE, Diverged, Learner, Losses, Schedule
from .preview import Preview

BUDGET_SECONDS = 150.0
"""How long teaching goes on unless the user says else; what reading and saving take comes on top."""

LONGEST_SECONDS = 86_400.0

JUDGED = 10
"""How often, over a whole schedule, the network is judged: the moments to which a failed or stopped teaching goes back.
By the schedule, not by the clock: the same ground then gives the same model, however busy the machine is, as long as
there is time for all steps."""

PREVIEW_SECONDS = 5.0
"""Between previews, which have no say in what is learned."""

DEPARTURES = [
    "Bands are standardised by mean and deviation of the taught ground; augmentations are written for such units.",
    "Blocks of normal ground instead of whole images resized to 256x256: pixels keep their size.",
    "The learning rate falls as a cosine; gradients are clipped; every fourth row and column is learned from.",
    "Bands are scaled by each scene's own mean and deviation (unless taught otherwise), so that light does not count.",
    "Compact and diverse in one bounded loss (hypersphere classification, Ruff et al. 2021) instead of L_1 + L_2, and "
    "descriptors of 16 numbers a scale, not 5; the Gaussian is over the joined descriptors D_c.",
    "Half of the descriptors' distance is added to those of the bands around a pixel (level and roughness in squares "
    "of 3, 9 and 31 pixels): from a mixture of eight Gaussians of normal ground, and, where bands are scaled by each "
    "scene, from a Gaussian of the scene that is scored, at half weight. Distances are averaged by a guided filter "
    "over 33x33 pixels.",
    "On simulated foreign ground all of this measured better than the paper's, which one can choose.",
]


@dataclass(frozen=True)
class TeachProgress(Progress):
    """A moment of teaching.

    Attributes:
        loss: the latest point of the loss history: {"step", "total", "compact", "diverse", "rich", "separate",
            "separation"}, null for what is not known; see :class:`~anomaly_lens.engine.teaching.learner.Learner`.
        preview: the latest heat map of a piece of the first scene: {"path", "number", "extent", "crs", "width",
            "height"}; None before there is one.
    """

    loss: dict[str, Any] | None = None
    preview: dict[str, Any] | None = None


@dataclass
class TeachResult:
    """What was taught.

    Attributes:
        model: the model's folder.
        card: what is known of it.
        stopped: whether the user ended it early.
        seconds: how long it took.
        warnings: what a person should know, in sentences.
    """

    model: str
    card: dict[str, Any]
    stopped: bool
    seconds: float
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON types."""
        return asdict(self)


def teach(
    scenes: Sequence[str | Path],
    normal: Sequence[dict[str, Any]],
    out: str | Path,
    *,
    name: str | None = None,
    bands: Sequence[int] | None = None,
    nodata: Sequence[float | None] | None = None,
    crs: Sequence[str | None] | None = None,
    sources: Sequence[str] | None = None,
    adapt: bool = True,
    seed: int = 0,
    budget_s: float = BUDGET_SECONDS,
    schedule: Schedule | None = None,
    checkpoints: str | Path | None = None,
    device: str = "auto",
    progress: Callable[[TeachProgress], None] | None = None,
    cancel: threading.Event | None = None,
    stop: threading.Event | None = None,
) -> TeachResult:
    """Teach a model what normal ground looks like.

    Args:
        scenes: paths of rasters with the same bands.
        normal: the polygons of normal ground of each, as :func:`~anomaly_lens.engine.area.read_area` takes them; one
            alone is used for all scenes.
        out: the model's folder, which must not be there yet.
        name: what people will call it; the folder's name when None.
        bands: 1-based band numbers; all data bands when None.
        nodata: of each scene a value that means no data though the file does not say so, or None; see
            :attr:`.Scene.also_nodata`.
        crs: that of each scene where its file says nothing or another, or None; see :func:`.open_scene`.
        sources: what the card names as the scenes where these are temporary exports.
        adapt: scale each scene's bands by its own mean and deviation, so that the model carries over to scenes that are
            lit otherwise. Without, all are scaled as the taught ground: a scene that is foreign as a whole stands out.
        seed: of all chance.
        budget_s: seconds that learning may take.
        schedule: how to learn; as documented when None.
        checkpoints: a folder with the authors' published files, to be used instead of learning: only the density of
            their descriptors is fitted on the normal ground.
        device: "auto", "cpu" or "cuda".
        progress: called in this thread as teaching goes on.
        cancel: set it in another thread to end everything; nothing is saved.
        stop: set it in another thread to end early and keep the best so far.

    Returns:
        Where the model is, and its card.

    Raises:
        EngineError: with the code, message and hint to show; nothing is left behind.
    """
    began = time.monotonic()
    out = Path(out)
    normal = list(normal) * (len(scenes) if len(normal) == 1 else 1)
    no_data, named = nodata or [None] * len(scenes), crs or [None] * len(scenes)
    _check(scenes, normal, no_data, named, out, budget_s, seed)
    reporter = _Teller(progress, cancel)
    short = (
        f"There is not enough memory to teach {out}.",
        "Close other programs, or choose fewer bands; where it was a GPU's memory, choose the CPU.",
    )
    with ExitStack() as opened, work_folder(out) as work, told_if_short(*short):
        _check_free(out)  # where its parent was not there, it could have any name
        rasters = [opened.enter_context(open_scene(*each)) for each in zip(scenes, repeat(bands), no_data, named)]
        for raster in rasters:
            leave_out_fill(raster, suggest(raster)[0] in DARK)
        polygons = normal_polygons(rasters, normal)
        chance = np.random.default_rng(seed)
        network = None if checkpoints is None else read_checkpoints(checkpoints, rasters[0].count)
        scale = None if network is None else authors_scaling
        ground = read_ground(rasters, polygons, chance, adapt, lambda share: reporter.report("read", share), scale)
        plan = schedule or Schedule()
        if network is not None:
            plan = PAPER  # the density is that of the paper, too
        if network is None:
            torch.manual_seed(seed)
            network = ASD(ASDConfig(rasters[0].count, plan.length, joined=plan.joined))
        network = laid_out(network).to(choose_device(device))
        usual = ground.densities[0] if ground.densities else None
        reporter.preview = Preview(rasters[0], polygons[0], ground.scalings[0], usual, work)
        lesson = _Lesson(Learner(network, ground, plan, seed), budget_s, reporter, stop)
        if checkpoints is None:
            lesson.run()
        reporter.report("save", 0.0)
        model = _finished(lesson, ground, seed)
        if checkpoints is not None:
            model.card["training"] = {"checkpoints": str(checkpoints), "separation": _number(lesson.learner.judge())}
        model.card |= _origin(rasters, normal, sources) | {
            "name": name or out.name,
            "normal_pixels": ground.pixels,
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - began, 1),
            "software": {"version": package_version(), "packages": package_versions()},
        }
        with saving(out):
            save_model(work / "model", model)
            place = placed(work / "model", out)
        warnings = [*(w for raster in rasters for w in raster.warnings), *lesson.warnings]
        if place != out:
            warnings.append(f"{out} came to be there during the teaching: the model is {place}.")
        reporter.report("save", 1.0)
    return TeachResult(str(place), model.card, lesson.stopped, round(time.monotonic() - began, 3), warnings)


def _check(
    scenes: Sequence[Any],
    normal: Sequence[Any],
    nodata: Sequence[Any],
    crs: Sequence[Any],
    out: Path,
    budget_s: float,
    seed: int,
) -> None:
    if not scenes or len(normal) != len(scenes):
        raise EngineError(
            "bad_parameter",
            f"{len(scenes)} scenes were given, and normal ground for {len(normal)}.",
            "Give polygons of normal ground for each scene, or one layer of polygons for all.",
        )
    if len(nodata) != len(scenes):
        raise EngineError(
            "bad_parameter",
            f"{len(scenes)} scenes were given, and values that mean no data for {len(nodata)}.",
            "Give one value for each scene, or none at all.",
        )
    if len(crs) != len(scenes):
        raise EngineError(
            "bad_parameter",
            f"{len(scenes)} scenes were given, and CRSs for {len(crs)}.",
            "Give one for each scene, or none at all.",
        )
    if not 1 <= budget_s <= LONGEST_SECONDS:
        raise EngineError("bad_parameter", f"The time cannot be {budget_s:g} s.", "Give 1 to 86400 seconds.")
    if not 0 <= seed < 2**63:
        raise EngineError("bad_parameter", f"The seed cannot be {seed}.", "Give a whole number from 0.")
    check_place(out)


def check_place(out: Path) -> None:
    """Make sure that a model can be called as its folder is, and that none is there.

    Raises:
        EngineError: ``bad_parameter`` or ``already_there``.
    """
    if out.name != file_name(out.name):
        raise EngineError("bad_parameter", f"A model cannot be called “{out.name}”.", "Use letters and digits.")
    _check_free(out)


def _check_free(out: Path) -> None:
    try:
        there = out.exists()
    except PermissionError as error:
        raise _not_writable(out, error) from error
    except (OSError, ValueError) as error:  # no folder can have such a name
        raise EngineError(
            "bad_parameter", f"A model cannot be called “{out.name}”.", "Use letters and digits."
        ) from error
    if there:
        raise EngineError("already_there", f"{out} is there already.", "Choose another name, or delete it first.")


@contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """A hidden folder beside the model that is gone at the end; named as those of detect, and removed likewise."""
    work = out.parent / f".anomaly_lens_{os.getpid()}_{uuid.uuid4().hex[:12]}"
    made = missing(out.parent)
    remove_old(out.parent)
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise _not_writable(out, error) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        remove_empty(made)


def placed(model: Path, out: Path) -> Path:
    """Move a model to its place, or beside what somebody else has put there meanwhile: it took minutes to learn."""
    place, number = out, 1
    while True:
        try:
            return model.rename(place)
        except OSError:
            if not place.exists():
                raise
        number += 1
        place = out.with_name(f"{out.name}_{number}")


@contextmanager
def saving(out: Path) -> Iterator[None]:
    """Say that a model cannot be written there, and why."""
    try:
        yield
    except OSError as error:
        raise _not_writable(out, error) from error


def _not_writable(out: Path, error: OSError) -> EngineError:
    if error.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}:
        return EngineError(
            "disk_full",
            f"There is no room left for {out}.",
            "Make room, or choose a folder on another disk.",
        )
    return EngineError("not_writable", f"{out} cannot be written ({error.strerror}).", "Choose another folder.")


class _Teller:
    """Reports progress with the latest losses and the latest preview."""

    def __init__(self, listener: Callable[[TeachProgress], None] | None, cancel: threading.Event | None) -> None:
        self.preview: Preview | None = None
        self.loss: dict[str, Any] | None = None
        self.heard = listener is not None
        self._listener = listener
        self._reporter = Reporter({"read": 0.03, "teach": 0.95, "save": 0.02}, self._tell if listener else None, cancel)
        self.report = self._reporter.report
        self.check = self._reporter.check

    def _tell(self, progress: Progress) -> None:
        assert self._listener is not None  # noqa: S101 - only called where there is one  # nosec B101
        shown = None if self.preview is None else self.preview.latest
        self._listener(TeachProgress(**vars(progress), loss=self.loss, preview=shown))


class _Lesson:
    """Lets a learner learn until its schedule, its time or the user's patience is over; keeps its best state."""

    def __init__(self, learner: Learner, budget_s: float, teller: _Teller, stop: threading.Event | None) -> None:
        self.learner = learner
        self.warnings: list[str] = []
        self.stopped = False
        self.history: list[dict[str, Any]] = []
        self.best_step = 0
        self._best: dict[str, torch.Tensor] | None = None
        self.separation = math.nan
        self._budget = budget_s
        self._teller = teller
        self._stop = stop

    def run(self) -> None:
        """Learn, and leave the network in its best state."""
        learner, steps = self.learner, self.learner.schedule.steps
        began = time.monotonic()
        done, judged, drawn, pause = 0.0, -1, -math.inf, PREVIEW_SECONDS
        while done < 1:
            if self._stop is not None and self._stop.is_set():
                self.stopped = True
                break
            try:
                losses = learner.learn(done)
            except Diverged:
                self._diverged()
                break
            done = min(1.0, max(learner.step / steps, (time.monotonic() - began) / self._budget))
            self._note(losses)
            if done > RICH_SHARE and int(done * JUDGED) > judged:
                self._judge()
                judged = int(done * JUDGED)
            now = time.monotonic()
            if self._best is not None and (now - drawn > pause or done >= 1):
                self._draw()
                drawn = time.monotonic()
                # On a busy machine, looking must not take more than a tenth of the time.
                pause = max(PREVIEW_SECONDS, 10 * (drawn - now))
            self._teller.report("teach", done)
        if self.stopped and self._best is None:
            raise EngineError(
                "stopped_early",
                "Teaching was stopped before anything was learned; nothing was saved.",
                "Let it run until the first heat map shows.",
            )
        if self._best is None:
            self._judge()
        assert self._best is not None  # noqa: S101 - judged just now  # nosec B101
        learner.network.load_state_dict(self._best)

    def _judge(self) -> None:
        separation = self.learner.judge()
        if self._teller.loss is not None:
            self._teller.loss["separation"] = _number(separation)
        if self._best is None or separation >= self.separation:
            self._best, self.separation, self.best_step = self.learner.state(), separation, self.learner.step

    def _draw(self) -> None:
        if self._teller.preview is not None and self._teller.heard:
            self._teller.preview.draw(self.learner.model())

    def _note(self, losses: Losses) -> None:
        point = {"step": self.learner.step, **{k: _number(v) for k, v in asdict(losses).items()}}
        point["separation"] = _number(self.learner.separation)
        self._teller.loss = point
        every = max(1, self.learner.schedule.steps // 200)
        if self.learner.step % every == 0:
            self.history.append(point)

    def _diverged(self) -> None:
        if self._best is None:
            raise EngineError(
                "diverged",
                "Teaching went astray before anything was learned (the loss is not finite); nothing was saved.",
                "Check the layer for extreme values (nodata that is not marked), or teach with another seed.",
            )
        self.warnings.append(
            f"Teaching went astray at step {self.learner.step} (the loss is not finite). What was learned up to step "
            f"{self.best_step} was kept."
        )


def _number(value: float) -> float | None:
    return None if value != value else float(f"{value:.6g}")


def _finished(lesson: _Lesson, ground: Ground, seed: int) -> TaughtModel:
    learner = lesson.learner
    model = learner.model().to("cpu")
    model.card = {
        "training": {
            "schedule": asdict(learner.schedule),
            "seed": seed,
            "steps_done": learner.step,
            "best_step": lesson.best_step,
            "stopped": lesson.stopped,
            "separation": _number(lesson.separation),
            "loss": lesson.history,
        },
        "paper": "J. Li, X. Wang, H. Zhao, S. Wang, Y. Zhong: Anomaly Segmentation for High-Resolution Remote Sensing "
        "Images Based on Pixel Descriptors. AAAI 2023.",
        "departures_from_the_paper": DEPARTURES,
        "band_scaling": "by each scene's own mean and deviation"
        if ground.scaling is None
        else {"center": ground.scaling.center.tolist(), "spread": ground.scaling.spread.tolist()},
    }
    return model


def _origin(
    rasters: Sequence[Scene], normal: Sequence[dict[str, Any]], sources: Sequence[str] | None
) -> dict[str, Any]:
    """Where normal ground was outlined."""
    return {
        "bands": rasters[0].bands,
        "band_names": rasters[0].band_names,
        "sources": [
            {
                "path": without_secrets(source),
                "width": raster.width,
                "height": raster.height,
                "dtype": raster.dtype,
                "crs": None if raster.crs is None else raster.crs.to_string(),
                "also_nodata": raster.also_nodata,
                "normal": as_told(area),
            }
            for raster, area, source in zip(
                rasters, normal, sources or [raster.path for raster in rasters], strict=True
            )
        ],
    }
