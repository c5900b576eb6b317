"""A network as a list of layers, so that what torch computes can be computed elsewhere: in the browser."""

from typing import NamedTuple

from torch import Tensor


class Layer(NamedTuple):
    """One step of a network: "linear" with a ``weight`` ``(out, in)`` and perhaps a ``bias`` ``(out,)``, or an
    activation: "tanh", "relu", "silu" or "softmax"."""

    kind: str
    weight: Tensor | None = None
    bias: Tensor | None = None
