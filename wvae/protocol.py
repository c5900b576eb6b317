"""Who was trained on whom: what a checkpoint says of it, and whether a measurement may be made with it."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from wvae.digits import PROTOCOLS, DigitSet, WriterSplit, writer_split
from wvae.errors import CheckpointError, ConfigError

SAME_PEOPLE = ("qmnist", "emnist")
"""Sources whose digits were written by the same people, NIST's."""

ORIGINAL = "emnist:train"
"""What the article's own models were trained on."""


class Trained(NamedTuple):
    """How many writers were set apart when a model was trained, which ones, and whether it learned from them."""

    writers: int
    split_seed: int
    protocol: str


def trained(config: Mapping[str, Any]) -> Trained:
    """What the config of a checkpoint says; of one that does not say, what this project would have done.

    The article's own models count as trained under the article protocol.

    Raises:
        CheckpointError: a field is missing or foreign.
    """
    data = config.get("data", {})
    try:
        split = data.get("split", {"evaluation_writers": 100, "seed": 0})
        protocol = "article" if "imported" in config else data.get("protocol", PROTOCOLS[0])
        found = Trained(split["evaluation_writers"], split["seed"], protocol)
    except (AttributeError, KeyError, TypeError) as error:
        raise CheckpointError(f"The config of the model does not say whom it was trained on ({error}).") from None
    if not (isinstance(found.writers, int) and isinstance(found.split_seed, int) and found.protocol in PROTOCOLS):
        raise CheckpointError(f"The config of the model says of its training {found}, which cannot be.")
    return found


def check_protocol(config: Mapping[str, Any], source: str, digits: DigitSet, split: WriterSplit) -> None:
    """Hold a model to the protocol of a split: whether it has learned from whom that says.

    Of a model of other data, what counts is whether the people may be the same: then it is measured as the
    article's was, otherwise as one that has seen none of them.

    Args:
        config: of the model's checkpoint.
        source: the name of ``digits``.
        split: of ``digits``.

    Raises:
        ConfigError: it has learned from others, or may have.
    """
    own, protocol = trained(config), split.protocol
    data = config.get("data", {})
    trained_on = ORIGINAL if "imported" in config else data.get("source", "unknown digits")
    if data.get("digest") != digits.digest() or "split" not in data:
        families = {name.partition(":")[0] for name in (trained_on, source)}
        akin = families <= set(SAME_PEOPLE) or trained_on in (source, "unknown digits")
        akin &= {trained_on, source} != {"qmnist:train", "qmnist:test"}  # MNIST's two parts are by other people
        if protocol == "disjoint" and akin:
            raise ConfigError(
                f"The model was trained on {trained_on}, perhaps by the evaluation writers of {source} too, so the "
                "disjoint protocol cannot be kept: choose the article protocol, or a model trained on others."
            )
        if protocol == "article" and not akin:
            raise ConfigError(
                f"The model was trained on {trained_on} and knows no writer of {source}: choose the disjoint protocol."
            )
        return
    learned = writer_split(digits, *own).training
    if protocol == "disjoint" and (learned & split.evaluation).any():
        known = len(set(digits.writers[learned & split.evaluation]))
        raise ConfigError(
            f"The model was trained on digits by {known} of the {len(split.evaluation_writers)} evaluation writers, so "
            "the disjoint protocol cannot be kept: choose the split it was trained with, or a model trained on others."
        )
    if protocol == "article" and (not learned[split.train].all() or learned[split.test].any()):
        raise ConfigError(
            "The article protocol needs a model trained on the evaluation writers' training images and not on their "
            "test images, which this one is not: choose the protocol disjoint, or train one under the protocol article."
        )


Overlap = Literal["held out", "trained on", "unknown"]
"""Whether a model was trained on some images: certainly not, certainly, or nobody can tell."""


def training_overlap(config: Mapping[str, Any], source: str, digits: DigitSet, split: WriterSplit) -> Overlap:
    """Whether a model was trained on the images that a split holds out.

    Args:
        config: of the model's checkpoint.
        source: the name of ``digits``.
        split: of ``digits``.
    """
    data = config.get("data") or {}
    trained_on = ORIGINAL if "imported" in config else data.get("source", "unknown digits")
    same = trained_on == source if source.startswith("synthetic") else data.get("digest") == digits.digest()
    if same and "split" in data and "imported" not in config:
        seen = writer_split(digits, *trained(config)).training & split.held_out
        return "trained on" if seen.any() else "held out"
    families = {name.partition(":")[0] for name in (trained_on, source)}
    akin = families <= set(SAME_PEOPLE) or trained_on in (source, "unknown digits")
    akin &= {trained_on, source} != {"qmnist:train", "qmnist:test"}  # MNIST's two parts are by other people
    return "unknown" if akin else "held out"
