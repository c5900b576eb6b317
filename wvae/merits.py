"""What a model's figures mean: each in a number, a verdict and a sentence."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from wvae.digits import DigitSet

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
                f"{nats:.1f} nats",
                _verdict(-nats, -90, -130),
                "what the decoder must still be told of a picture",
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


def mean_picture_nats(digits: DigitSet) -> float:
    """Nats of a picture for one who knows nothing but the mean of all pictures: what any model must beat."""
    mean = np.clip(digits.images.sum(0, dtype=np.uint32) / (255 * len(digits)), 1e-6, 1 - 1e-6)
    return float(-(mean * np.log(mean) + (1 - mean) * np.log(1 - mean)).sum())


def _verdict(value: float, good: float, fair: float) -> Verdict:
    return "good" if value >= good else "fair" if value >= fair else "poor"
