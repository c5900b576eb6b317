"""How likely an image is under the pixels of its reconstruction."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


class _BernoulliNats(Function):
    """For a pixel x whose logit l has the sigmoid p: ``max(l, 0) - x l - log max(p, 1 - p)``, and its slope ``p - x``.

    Logarithms take most of the time. The last factor is between 1/2 and 1, so that one logarithm of the product of a
    column's 28 can stand for theirs.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(logits: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        likely = torch.sigmoid(logits)
        surest = torch.maximum(likely, 1 - likely).prod(1).log().sum(1)
        nats = logits.clamp_min(0).sub_(images * logits).sum((1, 2)) - surest
        return nats, likely.sub_(images)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor, None]:
        (slope,) = ctx.saved_tensors
        return slope * gradient[:, None, None], None


def reconstruction_nats(logits: Tensor, images: Tensor) -> Tensor:
    """Bernoulli negative log-likelihood of each image, summed over its pixels: ``(n,)`` nats.

    Args:
        logits: of the pixels, ``(n, 28, 28)``.
        images: ``(n, 28, 28)`` in 0..1; they get no gradient.
    """
    nats, _ = _BernoulliNats.apply(logits, images)
    return nats
