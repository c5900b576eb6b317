"""What a fresh probe can still read from a latent.

An adversary at chance during training proves nothing; a classifier trained afterwards does. Three
kinds are tried, and the strongest counts.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wvae.digits import DigitSet, WriterSplit
from wvae.latents import Latents
from wvae.morphometry import slant, thickness, within_digit

MLP: dict[str, Any] = {"hidden_layer_sizes": (64,), "early_stopping": True, "n_iter_no_change": 5, "max_iter": 60}
"""One hidden layer; training ends when a tenth of the images, kept aside, has not gained for 5 epochs."""

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ProbeAccuracy:
    """Accuracy of each fresh classifier on images it was not trained on, 0..1."""

    logistic: float
    mlp: float
    nearest_neighbours: float


@dataclass(frozen=True)
class Leakage:
    """How much each latent tells.

    Attributes:
        digit_from_a: high is good: A is to say the digit.
        digit_from_b: near ``digit_chance`` is good: B is to say nothing of it.
        writer_from_a: near ``writer_chance`` is good.
        writer_from_b: high is good.
        slant_from_a: R² of the slant within its digit, from A by an MLP; low is good.
        thickness_from_a: likewise of the thickness.
        digit_chance: share of the commonest digit among the images tested on.
        writer_chance: share of the commonest writer likewise.
    """

    digit_from_a: ProbeAccuracy
    digit_from_b: ProbeAccuracy
    writer_from_a: ProbeAccuracy
    writer_from_b: ProbeAccuracy
    slant_from_a: float
    thickness_from_a: float
    digit_chance: float
    writer_chance: float


def leakage(
    latents: Latents,
    digits: DigitSet,
    split: WriterSplit,
    seed: int = 0,
    *,
    report: Callable[[float], None] = lambda share: None,
) -> Leakage:
    """Probe the posterior means of ``digits``, by a model trained under the protocol of ``split``.

    The digit, the slant and the thickness are learned from the development writers and tested on
    images of the evaluation writers that the model has not seen. A writer can only be known from
    images of theirs, so those probes learn from the evaluation writers' training images and are
    tested on their test images.

    Args:
        latents: of every image of ``digits``: ``(n, latent_a)`` and ``(n, latent_b)``.
        split: of ``digits``, with two evaluation writers or more.
        report: called with the share of the work that is done, up to 1.
    """
    a, b = latents.mean_a, latents.mean_b
    people, writers = (split.development, split.held_out), (split.train, split.test)
    lean, weight = (within_digit(measure(digits.images), digits.digits) for measure in (slant, thickness))
    probes: dict[str, Callable[[], Any]] = {
        "digit_from_a": lambda: probe_class(a, digits.digits, *people, seed),
        "digit_from_b": lambda: probe_class(b, digits.digits, *people, seed),
        "writer_from_a": lambda: probe_class(a, digits.writers, *writers, seed),
        "writer_from_b": lambda: probe_class(b, digits.writers, *writers, seed),
        "slant_from_a": lambda: probe_measure(a, lean, *people, seed),
        "thickness_from_a": lambda: probe_measure(a, weight, *people, seed),
    }
    found = {}
    for done, (name, probe) in enumerate(probes.items(), start=1):
        found[name] = probe()
        report(done / len(probes))
    return Leakage(
        **found,
        digit_chance=_commonest_share(digits.digits[people[1]]),
        writer_chance=_commonest_share(digits.writers[split.test]),
    )


def probe_class(latent: Floats, labels: NDArray[np.int64], learn: Mask, ask: Mask, seed: int = 0) -> ProbeAccuracy:
    """How well labels ``(n,)`` are read from a latent ``(n, d)``: learned on the rows ``learn``, tested on ``ask``."""

    def accuracy(classifier: Any) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = make_pipeline(StandardScaler(), classifier).fit(latent[learn], labels[learn])
        return float(fitted.score(latent[ask], labels[ask]))

    return ProbeAccuracy(
        logistic=accuracy(LogisticRegression()),
        mlp=accuracy(MLPClassifier(random_state=seed, **MLP)),
        nearest_neighbours=accuracy(KNeighborsClassifier(15, algorithm="brute")),
    )


def probe_measure(latent: Floats, measure: Floats, learn: Mask, ask: Mask, seed: int = 0) -> float:
    """R² of a measure ``(n,)`` read from a latent ``(n, d)`` by an MLP: learned on ``learn``, tested on ``ask``."""
    probe = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor(random_state=seed, **MLP)), transformer=StandardScaler()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(latent[learn], measure[learn])
    return float(probe.score(latent[ask], measure[ask]))


def _commonest_share(labels: NDArray[np.int64]) -> float:
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))
