"""What the weights of every network have in common when they are exported: tensors, means, and the model card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ..engine.errors import EngineError
from .machine import training_facts
from .resuming import began_with
from .simulation import Bank, Source
from .simulation.outlines import own_photographs

LABELS_UNKNOWN = (
    "Training took no label. How far labelled scenes had a say in what was chosen is known to whoever trained these "
    "weights."
)
"""What a card says of labels where the imagery was not the project's."""

BEGUN, KEPT = "the weights that training began with", "the network that was there already"
"""Whose else the accounts of a card are."""


def draw_halfway(network: nn.Module, state: Mapping[str, Any], before: nn.Module, folder: Path) -> None:
    """Make a network the mean of itself and of the weights that its run began with.

    That keeps more of what was known before (Wortsman et al., Model soups, 2022).

    Args:
        network: of the run.
        state: its checkpoint.
        before: the network that the run may have begun with.
        folder: of its weights.

    Raises:
        EngineError: ``bad_parameter`` where it did not.
    """
    if not began_with(folder, state["begun_with"]):
        raise EngineError(
            "bad_parameter",
            f"The run did not begin with the weights that lie in {folder}.",
            "Give --init as when the run was started, or leave --mean out.",
        )
    own = network.state_dict()
    for name, value in before.state_dict().items():
        if value.is_floating_point():
            own[name].lerp_(value.to(own[name]), 0.5)


def accounts(sources: Iterable[Source], ours: str, before: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What a card says of data and of labels.

    Args:
        sources: what the run was trained on.
        ours: the project's account of labels.
        before: what cards say that holds for the weights, too, each after whose it is: :data:`BEGUN`, :data:`KEPT`.
    """
    data, labels = data_of(sources), use_of_labels(sources, ours)
    for whose, card in before:
        data = _united(data, card.get("data", []))
        labels = _of_both(labels, whose, card.get("use_of_labels", ""))
    return {"data": data, "use_of_labels": labels}


def training_of(
    state: Mapping[str, Any],
    settings: Any,  # noqa: ANN401 - a dataclass
    *,
    mean: bool,
) -> dict[str, Any]:
    """What a card tells of a run, by its checkpoint; of the machine that this is where that does not say its own.

    Args:
        state: the checkpoint.
        settings: of the run.
        mean: whether the weights are the mean of the run's and those that it began with.
    """
    return {
        "settings": asdict(settings),
        "steps_done": state["step"],
        "begun_with": state["begun_with"],
        "commit": state.get("commit"),
        "hours": round(state["seconds"] / 3600, 2),
        **(state.get("facts") or training_facts()),
        "mean_with_begun": mean,
    }


def tensors_of(network: nn.Module) -> dict[str, Tensor]:
    """The tensors that a network in use needs, by name."""
    return {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}


def _united(own: list[dict[str, Any]], kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What both cards say of data; which network was trained on what, a card does not tell."""
    files: dict[tuple[str, ...], int] = {}
    for entry in (*own, *kept):
        about = entry["kind"], entry["licence_class"], entry["source"]
        files[about] = max(entry["files"], files.get(about, 0))
    return [
        {"kind": kind, "source": source, "licence_class": licence, "files": count}
        for (kind, licence, source), count in sorted(files.items())
    ]


def _of_both(own: str, whose: str, other: str) -> str:
    """What both cards say of labels; nothing twice, such as where a card is written once more."""
    if other.startswith(own):
        return other
    return own if other in own else f"{own} Of {whose}: {other}"


def sources_of(state: Mapping[str, Any], data: Path) -> list[Source]:
    """What a run was trained on, by its checkpoint; by the folder where the checkpoint is of an earlier version."""
    return state["sources"] if "sources" in state else Bank.load(data).sources


def data_of(sources: Iterable[Source]) -> list[dict[str, Any]]:
    """The sources as a card holds them: how many files of each kind, source and licence."""
    kinds = Counter((path.split("/")[0] if "/" in path else "images", *rest) for path, *rest in sources)
    return [
        {
            "kind": kind,
            "source": f"repository {source}" if source else "not stated",
            "licence_class": licence,
            "files": count,
        }
        for (kind, licence, source), count in sorted(kinds.items())
    ]


def use_of_labels(sources: Iterable[Source], ours: str) -> str:
    """The project's account where the imagery is its own, of which it has outlined some; of others it knows nothing."""
    return ours if own_photographs() & {path for path, *_ in sources} else LABELS_UNKNOWN


def measured(report: Path, more: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of a report of ``evaluate`` as a card holds them.

    Args:
        report: what ``evaluate`` saved.
        more: columns besides the usual ones.

    Raises:
        EngineError: ``bad_parameter`` for a file that is no such report.
    """
    try:
        rows = json.loads(report.read_text(encoding="utf-8"))["sets"]
        keys = ("set", "detector", "modality", "scenes", "label", "auc_df", "object_auc", *more)
        return [{key: round(row[key], 4) if isinstance(row[key], float) else row[key] for key in keys} for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            "bad_parameter", f"{report} is no report of “evaluate”.", "Give its report.json with --report."
        ) from error
