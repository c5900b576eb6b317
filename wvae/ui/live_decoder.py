"""The decoder in the browser: a model's decoder and style flow as lists of steps for ``makeDecoder`` in decoder.js."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from wvae.layers import Layer
from wvae.model import WVAE
from wvae.ui.packets import Packet, digest, packet


def decoder_packet(model: WVAE, place: int = 0) -> Packet:
    """All that the pictures of latents take, as a packet, which any component can draw with.

    Its name has the ``place`` of the model among those that a page shows side by side. The key does not depend on it.

    The header has the layers of the decoder's three branches and of the classifier, each with its kind; linear ones
    have their sizes and where weight and bias start in the body, in float32 numbers. It has the steps of the style
    flow's inverse likewise, with the shape of each tensor. A tensor that several layers share is there once.
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
    style = [
        {
            "kind": step.kind,
            "order": step.order,
            "tensors": {
                name: {"start": start_of(tensor), "shape": [*tensor.shape]} for name, tensor in step.tensors.items()
            },
        }
        for step in model.style_flow.inverse_steps()
    ]
    header = {
        "latentA": model.config.latent_a,
        "latentB": model.config.latent_b,
        "digit": described([] if model.classifier is None else model.classifier.layers()),
        "style": style,
        "fromA": described(branches.from_a),
        "fromB": described(branches.from_b),
        "joint": described(branches.joint),
    }
    body = np.concatenate([tensor.detach().cpu().numpy().ravel() for tensor in tensors]).astype("<f4").tobytes()
    return packet(f"decoder {place}", digest(json.dumps(header).encode(), body), header, body)
