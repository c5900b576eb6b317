"""What a model's figures mean: each in a number, a verdict and a sentence."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from wvae.digits import DigitSet
from wvae.errors import CheckpointError

RECORDED = "benchmark.json"
"""Result of the writer-clustering benchmark in a checkpoint's folder."""

Verdict = Literal["good", "fair", "poor"]


class Bounds(NamedTuple):
    """From where on a figure is good, and fair; the lower is the better where ``good`` is below ``fair``."""

    good: float
    fair: float


# Set by eye, against what the article's preset reaches on unseen writers of QMNIST with 1 + 1 and with 10 + 10
# dimensions (checkpoints/qmnist-1d and qmnist-10d), and against what is had for nothing.
RECONSTRUCTION = Bounds(90, 130)  # nats: 154 with 1 + 1, 75 with 10 + 10; 209 for their mean picture
DIGIT_FROM_A = Bounds(0.95, 0.8)  # accuracy: 0.82 with 1 + 1, 0.97 with 10 + 10; chance is 0.1
DIGIT_FROM_B = Bounds(0.2, 0.4)  # accuracy: 0.31 with 1 + 1, 0.75 with 10 + 10; chance is 0.1
WRITER_FROM_B = Bounds(15, 5)  # times chance: 2.2 with 1 + 1, 13 with 10 + 10
LIFT = Bounds(1.25, 1)  # raw pixels' AMI is 1; the article has 0.0736 / 0.0580 = 1.27, seven measures of strokes 1.26


class Merit(NamedTuple):
    """One figure of merit; ``meaning`` says what is measured and which way is better."""

    name: str
    value: str
    verdict: Verdict
    remark: str
    meaning: str


def merits(figures: Mapping[str, Any]) -> list[Merit]:
    """The merits that the ``figures`` of a checkpoint's config tell of; those not measured are left out.

    Raises:
        CheckpointError: a figure is missing or no number.
    """
    try:
        return list(_merits(figures))
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise CheckpointError(
            f"The figures in the config are not those that wvae writes ({type(error).__name__}: {error}): "
            "get the checkpoint again."
        ) from error


def _merits(figures: Mapping[str, Any]) -> Iterator[Merit]:
    if reconstruction := figures.get("reconstruction"):
        nats = reconstruction["reconstruction"]
        yield Merit(
            "Reconstruction",
            f"{nats:.1f}",
            _verdict(nats, RECONSTRUCTION),
            "nats that the decoder must still be told of a picture",
            "Given A and B, the negative log-likelihood of a picture's pixels. Lower is better. Bold digits cost "
            "more than thin ones, so compare models on the same digits only.",
        )
    if (accuracy := figures.get("digit_accuracy")) is not None:
        yield Merit(
            "Digit read from A",
            f"{accuracy:.1%}",
            _verdict(accuracy, DIGIT_FROM_A),
            "A should say which digit it is",
            "The model's own classifier, on digits it never saw. Higher is better.",
        )
    if leakage := figures.get("leakage"):
        digit, writer = max(leakage["digit_from_b"].values()), max(leakage["writer_from_b"].values())
        yield Merit(
            "Digit left in B",
            f"{digit:.1%}",
            _verdict(digit, DIGIT_FROM_B),
            f"chance is {leakage['digit_chance']:.0%}: B should not say which digit it is",
            "The strongest of three fresh classifiers that read B. Lower is better; at chance, B is free of it.",
        )
        yield Merit(
            "Writer found in B",
            f"{writer:.1%}",
            _verdict(writer / leakage["writer_chance"], WRITER_FROM_B),
            f"chance is {leakage['writer_chance']:.1%}: B should say whose hand it is",
            "The strongest of three fresh classifiers that read the B of a single digit. Higher is better.",
        )


def clustering_lift(checkpoint: Path) -> Merit | None:
    """How much better than raw pixels latent B clusters writers; None if no benchmark of both is recorded.

    Raises:
        CheckpointError: the record is damaged.
    """
    if not (checkpoint / RECORDED).exists():
        return None
    try:
        lines = json.loads((checkpoint / RECORDED).read_text(encoding="utf-8"))["summary"]
        ways = {(line["representation"], line["clusterer"], line["fit"]): line["ratio"] for line in lines}
        found = ways.get(("latent B", "k-means", "transductive"))
        if found is None:
            return None
        ratio = float(found)
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise CheckpointError(f"{checkpoint / RECORDED} is no benchmark ({error}): make it again.") from error
    return Merit(
        "Clustering lift",
        f"{ratio:.2f}",
        _verdict(ratio, LIFT),
        "times raw pixels: writers should be easier to find in B",
        "Agreement (AMI) of clusters with writers: that of k-means in B over that in raw pixels. Higher is better.",
    )


def mean_picture_nats(digits: DigitSet) -> float:
    """Nats of a picture for one who knows nothing but the mean of all pictures: what any model must beat."""
    mean = np.clip(digits.images.sum(0, dtype=np.uint32) / (255 * len(digits)), 1e-6, 1 - 1e-6)
    return float(-(mean * np.log(mean) + (1 - mean) * np.log(1 - mean)).sum())


def _verdict(value: float, bounds: Bounds) -> Verdict:
    sign = 1 if bounds.good > bounds.fair else -1
    return "good" if sign * value >= sign * bounds.good else "fair" if sign * value >= sign * bounds.fair else "poor"
