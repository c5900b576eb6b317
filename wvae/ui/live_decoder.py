"""The decoder in the browser: a model's decoder as a list of layers for ``makeDecoder`` in decoder.js."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from wvae.decoders import Layer
from wvae.model import WVAE
from wvae.ui.packets import Packet, digest, packet


def decoder_packet(model: WVAE, place: int = 0) -> Packet:
    """The decoder's layers as a packet, which any component can draw with.

    Its name has the ``place`` of the model among those that a page shows side by side. The key does not depend on it.

    The header has the layers of the three branches, each with its kind; linear ones have their sizes and where weight
    and bias start in the body, in float32 numbers. A tensor that several layers share is there once.
    """
    tensors: list[Tensor] = []
    starts: dict[tuple[int, ...], int] = {}

    def start_of(tensor: Tensor | None) -> int | None:
        if tensor is None:
            return None
        same = (tensor.data_ptr(), *tensor.shape, *tensor.stride())
        if same not in starts:
            starts[same] = sum(placed.numel() for placed in tensors)
            tensors.append(tensor)
        return starts[same]

    def described(layers: Sequence[Layer]) -> list[dict[str, Any]]:
        return [
            {"kind": layer.kind}
            if layer.weight is None
            else {
                "kind": layer.kind,
                "outputs": layer.weight.shape[0],
                "inputs": layer.weight.shape[1],
                "weight": start_of(layer.weight),
                "bias": start_of(layer.bias),
            }
            for layer in layers
        ]

    branches = model.decoder.layers()
    header = {
        "latentA": model.config.latent_a,
        "latentB": model.config.latent_b,
        "fromA": described(branches.from_a),
        "fromB": described(branches.from_b),
        "joint": described(branches.joint),
    }
    body = np.concatenate([tensor.detach().cpu().numpy().ravel() for tensor in tensors]).astype("<f4").tobytes()
    return packet(f"decoder {place}", digest(json.dumps(header).encode(), body), header, body)
