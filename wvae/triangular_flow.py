"""A style flow that carries the styles of every digit to one distribution, N(0, I).

For each digit it is a linear map, which whitens that digit's styles, and triangular (Knothe-Rosenblatt) steps, in
which an axis depends on those before it only and grows with its input. So B says nothing of the digit, and nothing is
lost. One step in a fixed order would take from a named axis all that those before it explain. So there are two, the
first of the named axes alone and in reverse order, and training pulls named axes towards what they measure.

"Triangular transformations of measures", https://arxiv.org/abs/math/0505283 ; the monotone splines are those of
"Neural Spline Flows", https://arxiv.org/abs/1906.04032
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from zuko.transforms import MonotonicRQSTransform

from wvae.digits import N_DIGITS
from wvae.errors import ConfigError
from wvae.posterior import Posterior
from wvae.style_flows import FlowStep

BINS = 12
"""Pieces of each spline."""

POOLED = 20
"""Images' worth of all digits' covariance in each digit's own, which can then be inverted, however few its images."""


class Carried(NamedTuple):
    """Where a step carries its input, and the logarithm of the slope along each axis: both ``(..., latent_b)``."""

    values: Tensor
    log_slopes: Tensor


class SplineStep(nn.Module):
    """One triangular step for each digit, on some axes; the others stay. As made here it is the identity.

    The spline of an axis is chosen by a network of its own, of two hidden layers, from the axes before it.

    Args:
        order: the first ``len(order)`` axes, from the one that depends on no other to the one that depends on all.
        hidden: units of a hidden layer.
    """

    def __init__(self, order: Sequence[int], hidden: int) -> None:
        super().__init__()
        axes, outputs = len(order), 3 * BINS - 1
        self.order = tuple(order)
        before = torch.zeros(axes, axes)  # 1 where an axis (row) depends on another (column)
        for place, axis in enumerate(order):
            before[axis, list(order[:place])] = 1
        self.before: Tensor
        self.register_buffer("before", before[:, :, None], persistent=False)
        self.first = nn.Parameter(torch.randn(N_DIGITS, axes, axes, hidden) * axes**-0.5)
        self.first_bias = nn.Parameter(torch.zeros(N_DIGITS, axes, 1, hidden))
        self.second = nn.Parameter(torch.randn(N_DIGITS, axes, hidden, hidden) * hidden**-0.5)
        self.second_bias = nn.Parameter(torch.zeros(N_DIGITS, axes, 1, hidden))
        self.knots = nn.Parameter(torch.zeros(N_DIGITS, axes, hidden, outputs))
        self.knots_bias = nn.Parameter(torch.zeros(N_DIGITS, axes, 1, outputs))

    def forward(self, values: Tensor, digits: slice = slice(None)) -> Carried:
        """Carry values ``(digits, n, latent_b)``, n of each digit."""
        axes = len(self.order)
        carried, log_slopes = self._splines(values[..., :axes], digits).call_and_ladj(values[..., :axes])
        rest = values[..., axes:]
        return Carried(torch.cat([carried, rest], dim=2), torch.cat([log_slopes, torch.zeros_like(rest)], dim=2))

    def inverse(self, values: Tensor, digits: slice = slice(None)) -> Tensor:
        """Carry values ``(digits, n, latent_b)`` back, axis after axis."""
        back = values.clone()
        for axis in self.order:
            spline = self._splines(back[..., : len(self.order)], digits, slice(axis, axis + 1))
            back[..., axis] = spline.inv(values[..., axis : axis + 1])[..., 0]
        return back

    def as_step(self) -> FlowStep:
        """This step, or its inverse, for elsewhere."""
        return FlowStep("spline", dict(self.named_parameters()), self.order)

    def _splines(self, values: Tensor, digits: slice, axes: slice = slice(None)) -> MonotonicRQSTransform:
        """The splines of some axes at values ``(digits, n, axes)``, of which each sees those before it."""
        first = (self.first[digits, axes] * self.before[axes]).flatten(0, 1)  # (digits * axes, axes, hidden)
        seen = values.repeat_interleave(len(first) // len(values), 0)  # (digits * axes, n, axes)
        hidden = functional.silu(seen @ first + self.first_bias[digits, axes].flatten(0, 1))
        hidden = functional.silu(
            hidden @ self.second[digits, axes].flatten(0, 1) + self.second_bias[digits, axes].flatten(0, 1)
        )
        knots = hidden @ self.knots[digits, axes].flatten(0, 1) + self.knots_bias[digits, axes].flatten(0, 1)
        knots = knots.view(len(values), -1, *knots.shape[1:]).transpose(1, 2)  # (digits, n, axes, outputs)
        return MonotonicRQSTransform(*torch.split(knots, [BINS, BINS, BINS - 1], dim=3))


class TriangularFlow(nn.Module):
    """Whitening and spline steps for each digit. As made here it is the identity.

    Args:
        latent_b: axes.
        hidden: units of the networks in a step.
        named_axes: how many of the first axes are measures.
    """

    def __init__(self, latent_b: int, hidden: int, named_axes: int) -> None:
        super().__init__()
        order = list(range(latent_b))
        self.named_axes = min(named_axes, latent_b)
        orders = [order[: self.named_axes][::-1]] if self.named_axes > 1 else []
        self.steps = nn.ModuleList(SplineStep(axes, hidden) for axes in [*orders, order])
        self.mean: Tensor
        self.whitening: Tensor
        self.colouring: Tensor
        self.register_buffer("mean", torch.zeros(N_DIGITS, latent_b))
        self.register_buffer("whitening", torch.eye(latent_b).repeat(N_DIGITS, 1, 1))
        self.register_buffer("colouring", torch.eye(latent_b).repeat(N_DIGITS, 1, 1))

    def forward(self, posterior: Posterior, digits: Tensor | None) -> Posterior:
        """The posterior of B: its mean is the flow of the mean, its variance to first order along each axis alone."""
        mean_b, log_variance_b = torch.empty_like(posterior.mean_b), torch.empty_like(posterior.log_variance_b)
        for digit, rows in _by_digit(digits):
            whitening = self.whitening[digit]
            variance = posterior.log_variance_b[rows].exp() @ (whitening**2)[0].T
            carried = self.carry(self.whiten(posterior.mean_b[rows], digit), digit)
            mean_b[rows] = carried.values[0]
            log_variance_b[rows] = variance.log() + 2 * carried.log_slopes[0]
        return posterior._replace(mean_b=mean_b, log_variance_b=log_variance_b)

    def inverse(self, b: Tensor, digits: Tensor | None) -> Tensor:
        """The encoded style ``(n, latent_b)`` of latent B ``(n, latent_b)``."""
        styles = torch.empty_like(b)
        for digit, rows in _by_digit(digits):
            whitened = b[rows][None]
            for step in reversed([*self.steps]):
                whitened = step.inverse(whitened, digit)
            styles[rows] = (whitened @ self.colouring[digit].mT)[0] + self.mean[digit]
        return styles

    def forward_steps(self) -> list[FlowStep]:
        bias = -(self.whitening @ self.mean[:, :, None])[:, :, 0]
        whitening = FlowStep("affine", {"weight": self.whitening, "bias": bias})
        return [whitening, *(step.as_step() for step in [*self.steps])]

    def inverse_steps(self) -> list[FlowStep]:
        splines = [step.as_step() for step in reversed([*self.steps])]
        return [*splines, FlowStep("affine", {"weight": self.colouring, "bias": self.mean})]

    def whiten(self, styles: Tensor, digit: slice) -> Tensor:
        """Styles ``(n, latent_b)`` of one digit with mean 0 and covariance I: ``(1, n, latent_b)``."""
        return (styles - self.mean[digit]) @ self.whitening[digit].mT

    def carry(self, whitened: Tensor, digits: slice = slice(None)) -> Carried:
        """Whitened styles ``(digits, n, latent_b)``, n of each digit, through all steps."""
        log_slopes = torch.zeros_like(whitened)
        for step in self.steps:
            whitened, slopes = step(whitened, digits)
            log_slopes = log_slopes + slopes
        return Carried(whitened, log_slopes)

    def fit_whitening(self, styles: Tensor, digits: Tensor, directions: Tensor | None = None) -> None:
        """Fit the linear map to styles ``(n, latent_b)``.

        Of all maps that whiten, it is the one that changes z-scores least: first for the named axes, then for what
        these leave of the others. So an axis means nearly the same before and after, and the same in all digits.
        "Optimal Whitening and Decorrelation", ZCA-cor, https://arxiv.org/abs/1512.00809

        Args:
            directions: what the other axes are to be instead, ``(others, others)``: directions in theirs, whose
                z-scores are then the ones that change least.
        """
        groups = [styles[digits == digit].double() for digit in range(N_DIGITS)]
        pooled = sum(len(rows) * _covariance(rows) for rows in groups if len(rows)) / len(styles)
        pooled = pooled + 1e-6 * torch.eye(styles.shape[1], dtype=torch.double, device=styles.device)
        named = self.named_axes
        basis = torch.eye(styles.shape[1] - named).to(pooled) if directions is None else directions.to(pooled)
        for digit, rows in enumerate(groups):
            own = len(rows) * _covariance(rows) if len(rows) else 0
            covariance = (own + POOLED * pooled) / (len(rows) + POOLED)
            explained = covariance[named:, :named] @ torch.linalg.inv(covariance[:named, :named])
            left = covariance[named:, named:] - explained @ covariance[:named, named:]
            others = _least_whitening(basis @ left @ basis.T) @ basis
            whitening = torch.zeros_like(covariance)
            whitening[:named, :named] = _least_whitening(covariance[:named, :named])
            whitening[named:, named:] = others
            whitening[named:, :named] = -others @ explained
            self.mean[digit] = rows.mean(0) if len(rows) else styles.mean(0)
            self.whitening[digit] = whitening
            self.colouring[digit] = torch.linalg.inv(whitening)


def _least_whitening(covariance: Tensor) -> Tensor:
    """The matrix that whitens and changes z-scores least: the inverse root of the correlations, of z-scores."""
    deviation = covariance.diagonal().sqrt()
    variances, axes = torch.linalg.eigh(covariance / deviation / deviation[:, None])
    return (axes * variances.clamp_min(1e-9) ** -0.5 @ axes.T) / deviation


def _covariance(rows: Tensor) -> Tensor:
    centred = rows - rows.mean(0)
    return centred.T @ centred / len(rows)


def _by_digit(digits: Tensor | None) -> Iterator[tuple[slice, Tensor]]:
    """Each digit that occurs, as a slice, and its rows."""
    if digits is None:
        raise ConfigError("A triangular flow needs the digit, and this model has no classifier to read it.")
    for digit in torch.unique(digits).tolist():
        yield slice(digit, digit + 1), (digits == digit).nonzero()[:, 0]
