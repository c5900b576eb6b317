"""Style flows: invertible maps, given the digit, between the style that is encoded and latent B.

A flow that carries every digit's styles to one distribution leaves nothing of the digit in B, and loses nothing.
A flow also describes itself and its inverse as lists of steps, which the browser runs.
"""

from typing import NamedTuple, Protocol

from torch import Tensor, nn

from wvae.posterior import Posterior


class FlowStep(NamedTuple):
    """One step of a flow or of its inverse, with a tensor by name for all ten digits, the digit first.

    "affine": a style is carried to ``weight @ style + bias``; ``(10, n, n)`` and ``(10, n)``.

    "spline": axis after axis in ``order`` is carried, in an inverse back, through a monotone rational-quadratic spline,
    as zuko's ``MonotonicRQSTransform`` makes it of widths, heights and slopes. These an axis' own network of SiLU units
    gives from what the axes before it are before the step (in an inverse, after it): ``first``
    ``(10, axes, axes, hidden)``, ``second`` ``(10, axes, hidden, hidden)`` and ``knots``
    ``(10, axes, hidden, 3 * bins - 1)``, inputs before outputs, each with a bias: ``first_bias`` and so on.
    """

    kind: str
    tensors: dict[str, Tensor]
    order: tuple[int, ...] = ()


class StyleFlow(Protocol):
    """What a style flow does; ``digits`` are int64 ``(n,)``, or None where the model reads no digit."""

    def __call__(self, posterior: Posterior, digits: Tensor | None) -> Posterior:
        """The posterior of A and of the encoded style ``(n, latent_b)`` as one of A and B."""

    def inverse(self, b: Tensor, digits: Tensor | None) -> Tensor:
        """The style ``(n, latent_b)`` that the decoder takes, from latent B ``(n, latent_b)``."""

    def forward_steps(self) -> list[FlowStep]:
        """The mean of B from the mean of the encoded style, as a list of steps; none where B is that style."""

    def inverse_steps(self) -> list[FlowStep]:
        """What :meth:`inverse` does, as a list of steps; none where B is that style."""


class IdentityFlow(nn.Module):
    """Latent B is the encoded style itself."""

    def forward(self, posterior: Posterior, digits: Tensor | None) -> Posterior:
        return posterior

    def inverse(self, b: Tensor, digits: Tensor | None) -> Tensor:
        return b

    def forward_steps(self) -> list[FlowStep]:
        return []

    def inverse_steps(self) -> list[FlowStep]:
        return []
