"""A network as a list of layers, so that what torch computes can be computed elsewhere: in the browser."""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor


class Layer(NamedTuple):
    """One step of a network, by its ``kind``:

    - "linear": a ``weight`` ``(out, in)`` and perhaps a ``bias`` ``(out,)``, or ``(10, out)``, one for each digit;
    - "convolution" of a square picture: a ``weight`` ``(out, in, size, size)``, a ``bias`` ``(out,)`` and a "stride"
      and a "padding";
    - "tanh", "relu", "silu" or "softmax";
    - what only one kind of encoder does, such as "measures": see where that is.
    """

    kind: str
    weight: Tensor | None = None
    bias: Tensor | None = None
    settings: Mapping[str, float] = {}
