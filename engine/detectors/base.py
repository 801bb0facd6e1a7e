"""What every detector is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from ..progress import Step

if TYPE_CHECKING:
    from ..pieces import Piece
    from ..profiles import ModalityProfile
    from ..region import Region, Strip


def _no_one_listens(_: float) -> None:
    """The step of a run without progress."""


DETECTORS: dict[str, type[Detector]] = {}
"""All registered detectors by name; filled by :func:`register`."""


class Detector(ABC):
    """Scores how much each pixel deviates from what is normal in its scene.

    A run makes one detector, calls :meth:`prepare` once and then :meth:`look` for each strip, or has copies of it do so
    on other machines: a score does not depend on what was scored before. A detector that takes long over a strip calls
    :meth:`tick` now and then, so that progress moves and a cancel is heard.

    Args:
        profile: the modality of the scene.
        device: the torch device to compute on.

    Attributes:
        name: the registered name.
        label: the name shown to people.
        description: one or two sentences on what it finds and when to use it.
        modalities: names of the profiles it is made for; all when empty.
        order: detectors are offered in this order.
        halo: how many rows above and below a strip :meth:`score` needs to see.
        calibrated: whether scores are in [0, 1] with a meaning of their own already.
        threshold_score: the score from which on pixels become anomalies unless the user says else; None: the share that
            the modality names.
        takes_model: whether it scores by a model that a person taught; see :meth:`use_model`.
        prepare_share: how long :meth:`prepare` takes in proportion to scoring, for the progress bar.
        told: called with how many rows of the region are done; raises on cancel.
        warnings: what a person should know of this run, in sentences.
        parameters: the settings that are written to the results' provenance.
        weights_sha256: the hash of the weights in use, or None.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    modalities: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[int] = 100
    calibrated: ClassVar[bool] = False
    threshold_score: ClassVar[float | None] = None
    takes_model: ClassVar[bool] = False
    prepare_share: ClassVar[float] = 0.5
    weights_sha256: str | None = None

    def __init__(self, profile: ModalityProfile, device: str = "cpu") -> None:
        self.profile = profile
        self.device = device
        self.halo = 0
        self.told: Step = _no_one_listens
        self._at: Strip | None = None
        self.warnings: list[str] = []
        self.parameters: dict[str, Any] = {}

    @classmethod
    def available(cls) -> bool:
        """Whether it can be used here: one that waits for weights to be trained is not offered."""
        return True

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: all but who listens to its progress here, and what is told here already."""
        return {**vars(self), "told": _no_one_listens, "_at": None, "warnings": []}

    def usual_threshold(self) -> dict[str, float]:
        """What becomes an anomaly unless the user says else, as ``detect`` takes it."""
        if self.threshold_score is not None:
            return {"threshold_score": self.threshold_score}
        return {"threshold_percent": self.profile.threshold_percent}

    def usual_peak_share(self) -> float:
        """From which share of its own highest raw score on a pixel belongs to an anomaly, unless the user says else."""
        return 0.0

    def look(self, strip: Strip) -> tuple[NDArray[np.float32], list[Piece]]:
        """What a strip shows: scores, shape (strip.rows, strip.columns), NaN where a pixel is not valid, and instances.

        A piece of an instance may reach into the halo: it is joined with what the next strip shows.
        """
        self._at = strip
        self.tick(0)
        scores, pieces = self.find(strip)
        self.tick(1)
        self._at = None
        valid = strip.valid[strip.core]
        return scores if valid.all() else np.where(valid, scores, np.float32(np.nan)), pieces

    def find(self, strip: Strip) -> tuple[NDArray[np.float32], list[Piece]]:
        """Scores as of :meth:`score`, and of instances, which :class:`InstanceDetector` alone knows, nothing."""
        return self.score(strip), []

    def tick(self, share: float) -> None:
        """To be called in :meth:`score` with the share of the strip that is done, 0 to 1; raises on cancel."""
        if self._at is not None:
            self.told(self._at.row + share * self._at.rows)

    def use_model(self, model: str) -> None:
        """Score by a taught model; called before :meth:`prepare`.

        Args:
            model: its folder, or the name of a shipped one.

        Raises:
            EngineError: ``bad_parameter`` where the detector has no use for one, ``bad_model``.
        """
        raise EngineError(
            "bad_parameter",
            f"The detector “{self.name}” takes no model, but “{model}” was given.",
            "Leave the model out, or choose the detector “asd”.",
        )

    @abstractmethod
    def prepare(self, region: Region, step: Step) -> None:
        """Learn what the scene needs, in one or more streamed passes; best through :meth:`Region.visit`.

        Args:
            region: what will be scored.
            step: to be called after each strip with the share of the preparation that is done.

        Raises:
            EngineError: where the region cannot be scored (no valid pixel, constant bands, …).
        """

    @abstractmethod
    def score(self, strip: Strip) -> NDArray[np.float32]:
        """Score the rows of a strip.

        Args:
            strip: with a halo of ``halo`` rows, fewer at the region's upper and lower edge.

        Returns:
            Scores >= 0, higher where more anomalous, shape (strip.rows, strip.columns); values at pixels that are not
            valid have no meaning.
        """


class InstanceDetector(Detector):
    """A detector that tells instances apart by itself, besides scoring pixels."""

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """The scores alone."""
        return self.find(strip)[0]

    @abstractmethod
    def find(self, strip: Strip) -> tuple[NDArray[np.float32], list[Piece]]:
        """Scores as of :meth:`Detector.score`, and pieces of instances in coordinates of the region."""


D = TypeVar("D", bound=type[Detector])


def register(detector: D) -> D:
    """Class decorator: make a detector known by its ``name``."""
    DETECTORS[detector.name] = detector
    return detector
