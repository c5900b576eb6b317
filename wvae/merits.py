"""What a model's figures mean: each in a number, a verdict and a sentence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from wvae.digits import DigitSet

RECORDED = "benchmark.json"
"""Result of the writer-clustering benchmark in a checkpoint's folder."""

Verdict = Literal["good", "fair", "poor"]


class Merit(NamedTuple):
    """One figure of merit; ``meaning`` says what is measured and which way is better."""

    name: str
    value: str
    verdict: Verdict
    remark: str
    meaning: str


def merits(figures: Mapping[str, Any]) -> list[Merit]:
    """The merits that the ``figures`` of a checkpoint's config tell of; those not measured are left out."""
    found = []
    if reconstruction := figures.get("reconstruction"):
        nats = reconstruction["reconstruction"]
        found.append(
            Merit(
                "Reconstruction",
                f"{nats:.1f}",
                _verdict(-nats, -90, -130),
                "nats that the decoder must still be told of a picture",
                "Given A and B, the negative log-likelihood of a picture's pixels. Lower is better. Bold digits cost "
                "more than thin ones, so compare models on the same digits only.",
            )
        )
    if (accuracy := figures.get("digit_accuracy")) is not None:
        found.append(
            Merit(
                "Digit read from A",
                f"{accuracy:.1%}",
                _verdict(accuracy, 0.95, 0.8),
                "A should say which digit it is",
                "The model's own classifier, on writers it never saw. Higher is better.",
            )
        )
    if leakage := figures.get("leakage"):
        digit, writer = max(leakage["digit_from_b"].values()), max(leakage["writer_from_b"].values())
        found.append(
            Merit(
                "Digit left in B",
                f"{digit:.1%}",
                _verdict(-digit, -0.2, -0.4),
                f"chance is {leakage['digit_chance']:.0%}: B should not say which digit it is",
                "The strongest of three fresh classifiers that read B. Lower is better; at chance, B is free of it.",
            )
        )
        found.append(
            Merit(
                "Writer found in B",
                f"{writer:.1%}",
                _verdict(writer / leakage["writer_chance"], 15, 5),
                f"chance is {leakage['writer_chance']:.1%}: B should say whose hand it is",
                "The strongest of three fresh classifiers that read the B of a single digit. Higher is better.",
            )
        )
    return found


def clustering_lift(checkpoint: Path) -> list[Merit]:
    """How much better than raw pixels latent B clusters writers, if a benchmark of the checkpoint has been recorded."""
    try:
        lines = json.loads((checkpoint / RECORDED).read_text(encoding="utf-8"))["summary"]
        ways = {(line["representation"], line["clusterer"], line["fit"]): line["ratio"] for line in lines}
    except (OSError, ValueError, KeyError, TypeError):
        return []
    ratio = ways.get(("latent B", "k-means", "transductive"))
    if ratio is None:
        return []
    return [
        Merit(
            "Clustering lift",
            f"{ratio:.2f}",
            _verdict(ratio, 1.25, 1),
            "times raw pixels: writers should be easier to find in B",
            "Agreement (AMI) of clusters with writers: that of k-means in B over that in raw pixels. Higher is better.",
        )
    ]


def mean_picture_nats(digits: DigitSet) -> float:
    """Nats of a picture for one who knows nothing but the mean of all pictures: what any model must beat."""
    mean = np.clip(digits.images.sum(0, dtype=np.uint32) / (255 * len(digits)), 1e-6, 1 - 1e-6)
    return float(-(mean * np.log(mean) + (1 - mean) * np.log(1 - mean)).sum())


def _verdict(value: float, good: float, fair: float) -> Verdict:
    return "good" if value >= good else "fair" if value >= fair else "poor"
