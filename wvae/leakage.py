"""What a fresh probe can still read from the content code A and the style code B.

An adversary at chance during training proves nothing; a classifier trained afterwards does. Three
kinds are tried, and the strongest counts. One that did not converge is named: it under-reports.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

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
"""One hidden layer; training ends when a validation tenth of the images has not gained for 5 epochs."""

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ProbeAccuracy:
    """Accuracy of each fresh classifier on images it was not trained on, 0..1.

    Attributes:
        not_converged: names of those that reached their iteration limit; a longer training may read more.
    """

    logistic: float
    mlp: float
    nearest_neighbours: float
    not_converged: tuple[str, ...] = ()

    @property
    def strongest(self) -> float:
        """The highest of the three: what is known to be readable."""
        return max(self.logistic, self.mlp, self.nearest_neighbours)


@dataclass(frozen=True)
class Leakage:
    """How far the codes are disentangled.

    Attributes:
        digit_from_a: high is good: A is the content code.
        digit_from_b: near ``digit_chance`` is good: the style code holds no content.
        writer_from_a: near ``writer_chance`` is good.
        writer_from_b: high is good.
        slant_from_a: R² of the slant within its digit, from A by an MLP; low is good.
        thickness_from_a: likewise of the thickness.
        digit_chance: fraction of the commonest digit among the images tested on.
        writer_chance: fraction of the commonest writer likewise.
        not_converged: of ``slant_from_a`` and ``thickness_from_a``, those whose probe reached its iteration limit.
    """

    digit_from_a: ProbeAccuracy
    digit_from_b: ProbeAccuracy
    writer_from_a: ProbeAccuracy
    writer_from_b: ProbeAccuracy
    slant_from_a: float
    thickness_from_a: float
    digit_chance: float
    writer_chance: float
    not_converged: tuple[str, ...] = ()

    @property
    def under_reported(self) -> list[str]:
        """Every figure whose probe did not converge, such as "digit_from_b, mlp" or "slant_from_a"."""
        accuracies = ("digit_from_a", "digit_from_b", "writer_from_a", "writer_from_b")
        probes = [f"{name}, {probe}" for name in accuracies for probe in getattr(self, name).not_converged]
        return [*probes, *self.not_converged]


def leakage(
    latents: Latents,
    digits: DigitSet,
    split: WriterSplit,
    seed: int = 0,
    *,
    report: Callable[[float], None] = lambda fraction: None,
) -> Leakage:
    """Probe the posterior means of ``digits``, by a model trained under the protocol of ``split``.

    Probes of the digit, the slant and the thickness are trained on the development writers and tested
    on the held-out images. A writer can only be read by a probe that was trained on this writer's
    images, so those probes are trained on the evaluation writers' training images and tested on
    their test images.

    Args:
        latents: of every image of ``digits``: ``(n, latent_a)`` and ``(n, latent_b)``.
        split: of ``digits``, with two evaluation writers or more.
        report: called with the fraction of the work that is done, up to 1.
    """
    a, b = latents.mean_a, latents.mean_b
    across_writers, within_writers = (split.development, split.held_out), (split.train, split.test)
    done = iter(range(1, 7))

    def read(latent: Floats, labels: NDArray[np.int64], rows: tuple[Mask, Mask]) -> ProbeAccuracy:
        found = probe_class(latent, labels, *rows, seed)
        report(next(done) / 6)
        return found

    def read_style(measure: Callable[[NDArray[Any]], Floats]) -> ProbedMeasure:
        found = probe_measure(a, within_digit(measure(digits.images), digits.digits), *across_writers, seed)
        report(next(done) / 6)
        return found

    digit = read(a, digits.digits, across_writers), read(b, digits.digits, across_writers)
    writer = read(a, digits.writers, within_writers), read(b, digits.writers, within_writers)
    styles = {"slant_from_a": read_style(slant), "thickness_from_a": read_style(thickness)}
    return Leakage(
        *digit,
        *writer,
        slant_from_a=styles["slant_from_a"].r2,
        thickness_from_a=styles["thickness_from_a"].r2,
        digit_chance=_commonest_fraction(digits.digits[split.held_out]),
        writer_chance=_commonest_fraction(digits.writers[split.test]),
        not_converged=tuple(name for name, probed in styles.items() if not probed.converged),
    )


def probe_class(latent: Floats, labels: NDArray[np.int64], train: Mask, test: Mask, seed: int = 0) -> ProbeAccuracy:
    """How well labels ``(n,)`` are read from a latent ``(n, d)``: trained on the rows ``train``, tested on ``test``."""
    probes = {
        "logistic": LogisticRegression(),
        "mlp": MLPClassifier(random_state=seed, **MLP),
        "nearest_neighbours": KNeighborsClassifier(15, algorithm="brute"),
    }
    accuracies, not_converged = {}, []
    for name, classifier in probes.items():
        probe = make_pipeline(StandardScaler(), classifier)
        if not _fit(probe, latent[train], labels[train]):
            not_converged.append(name)
        accuracies[name] = float(probe.score(latent[test], labels[test]))
    return ProbeAccuracy(**accuracies, not_converged=tuple(not_converged))


class ProbedMeasure(NamedTuple):
    """R² of a measure read from a latent, at most 1, and whether the probe's training ended by itself."""

    r2: float
    converged: bool


def probe_measure(latent: Floats, measure: Floats, train: Mask, test: Mask, seed: int = 0) -> ProbedMeasure:
    """A measure ``(n,)`` read from a latent ``(n, d)`` by an MLP: trained on ``train``, tested on ``test``."""
    probe = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor(random_state=seed, **MLP)), transformer=StandardScaler()
    )
    converged = _fit(probe, latent[train], measure[train])
    return ProbedMeasure(float(probe.score(latent[test], measure[test])), converged)


def _fit(probe: Any, rows: Floats, target: NDArray[Any]) -> bool:
    """Fit a probe; whether it converged, which scikit-learn says by a warning only."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        probe.fit(rows, target)
    for warning in caught:
        if not issubclass(warning.category, ConvergenceWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)


def _commonest_fraction(labels: NDArray[np.int64]) -> float:
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))
