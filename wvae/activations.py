"""The activation of the article's networks."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


class _Tanh(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return (2 * x.float()).sigmoid_().mul_(2).sub_(1).to(x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (value,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(gradient, value)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent; on a processor as ``2 sigmoid(2 x) - 1``: within 2e-7 of torch's, which takes four times
    as long there."""
    return _Tanh.apply(x) if x.device.type == "cpu" else torch.tanh(x)
