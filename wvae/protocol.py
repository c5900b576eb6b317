"""What a model was trained on, as its config says, and whether it may be measured under a protocol."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import PROTOCOLS, DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError
from wvae.record import CheckpointConfig, DataRecord
from wvae.sources import identity, synthetic_writers

SAME_PEOPLE = ({"qmnist", "emnist"}, {"folder"})
"""Kinds of sources that may hold digits by the same people: NIST's writers, and those that a person has asked."""

ORIGINAL = "emnist:train"
"""What the article's own models were trained on."""

UNKNOWN = "unknown digits"


class Trained(NamedTuple):
    """The split that a model was trained with: the number of evaluation writers, their seed, and the protocol."""

    writers: int
    split_seed: int
    protocol: str


class TrainingOverlap(NamedTuple):
    """Which of some images a model was trained on.

    Attributes:
        source: what it was trained on.
        images: bool ``(n,)``; None where it cannot be known, so that it may have been any of them.
    """

    source: str
    images: NDArray[np.bool_] | None

    def of(self, rows: Any = slice(None)) -> str:
        """What holds for the images of a view: "held out" (it was trained on none of them), "trained on" (on all),
        "partly trained on", or "may have been seen"."""
        if self.images is None:
            return "may have been seen"
        shown = self.images[rows]
        if not shown.any():
            return "held out"
        return "trained on" if shown.all() else "partly trained on"


def trained(config: CheckpointConfig) -> Trained | None:
    """The split that the config of a checkpoint names; None if it names none, as those of the article's own models."""
    data = config.get("data", {})
    if "split" not in data or "imported" in config:
        return None
    return Trained(data["split"]["evaluation_writers"], data["split"]["seed"], data.get("protocol", PROTOCOLS[0]))


def default_split(config: CheckpointConfig) -> Trained:
    """The split to measure a model with unless another is asked for: its own; where that is not known, the usual
    100 writers, and the article protocol for the article's own models. It says nothing of the training.
    """
    return trained(config) or Trained(100, 0, "article" if "imported" in config else PROTOCOLS[0])


def training_overlap(config: CheckpointConfig, source: str, digits: DigitSet) -> TrainingOverlap:
    """Which of the digits of a source a model was trained on, as far as its config and the sources tell.

    Args:
        config: of the model's checkpoint.
        source: the name of ``digits``.
        digits: all digits of the source.

    Raises:
        ConfigError: there is no such source.
    """
    own, data = trained(config), config.get("data", {})
    trained_on = ORIGINAL if "imported" in config else data.get("source", UNKNOWN)
    if own and _same_digits(data, source, digits):
        # The split that the config names, found anew: it depends on who wrote what, not on the pictures.
        return TrainingOverlap(trained_on, writer_split(digits, *own).training)
    if _may_share_people(trained_on, source):
        return TrainingOverlap(trained_on, None)
    return TrainingOverlap(trained_on, np.zeros(len(digits), bool))


def check_protocol(config: CheckpointConfig, source: str, digits: DigitSet, split: WriterSplit) -> None:
    """Check that a model was trained as the protocol of a split says.

    A model that may have been trained on the same people is measured as the article's was, a model of other people
    as one that was trained on none of the evaluation writers.

    Args:
        config: of the model's checkpoint.
        source: the name of ``digits``.
        split: of ``digits``.

    Raises:
        ConfigError: it was trained on others, or may have been; or there is no such source.
    """
    overlap, disjoint = training_overlap(config, source, digits), split.protocol == "disjoint"
    images = overlap.images
    if images is None:
        if not disjoint:
            return
        changed = ""
        if overlap.source == source and trained(config):  # a folder, whose pictures Pillow decodes
            changed = ", which has since changed or is decoded otherwise by this version of Pillow"
        raise ConfigError(
            f"The model was trained on {overlap.source}{changed}, perhaps by the evaluation writers of {source} too, "
            "so the disjoint protocol cannot be kept: choose the article protocol, or a model trained on others."
        )
    if disjoint and (images & split.evaluation).any():
        known = len(set(digits.writers[images & split.evaluation]))
        raise ConfigError(
            f"The model was trained on digits by {known} of the {len(split.evaluation_writers)} evaluation writers, so "
            "the disjoint protocol cannot be kept: choose the split it was trained with, or a model trained on others."
        )
    if not disjoint and not images.any():
        raise ConfigError(
            f"The model was trained on {overlap.source} and knows no writer of {source}: choose the disjoint protocol."
        )
    if not disjoint and (not images[split.train].all() or images[split.test].any()):
        raise ConfigError(
            "The article protocol needs a model trained on the evaluation writers' training images and not on their "
            "test images, which this one is not: choose the protocol disjoint, or train one under the protocol article."
        )


def _same_digits(data: DataRecord, source: str, digits: DigitSet) -> bool:
    """Whether a model was trained on the digits of this source: the same people in the same order."""
    # The source alone decides for synthetic digits, which have another digest in checkpoints of earlier versions.
    if _kind(source) == "synthetic":
        return _same_source(data.get("source", UNKNOWN), source)
    return bool(data.get("digest") == identity(source, digits))


def _may_share_people(trained_on: str, source: str) -> bool:
    if {trained_on, source} == {"qmnist:train", "qmnist:test"}:  # MNIST's two parts are by other people
        return False
    kinds = {_kind(trained_on), _kind(source)}
    return (
        trained_on == UNKNOWN
        or _same_source(trained_on, source)  # synthetic digits by another number of writers are by others
        or any(kinds <= people for people in SAME_PEOPLE)
    )


def _same_source(one: str, other: str) -> bool:
    if _kind(one) == "synthetic" == _kind(other):
        return synthetic_writers(one) == synthetic_writers(other)
    return one == other


def _kind(source: str) -> str:
    return source.partition(":")[0]
