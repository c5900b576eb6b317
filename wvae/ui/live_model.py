"""A model in the browser: its parts as lists of layers and steps for encoder.js and decoder.js."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from wvae.layers import Layer
from wvae.model import WVAE
from wvae.style_flows import FlowStep
from wvae.ui.packets import Packet, digest, packet


def decoder_packet(model: WVAE, place: int = 0) -> Packet:
    """All that the pictures of latents take, as a packet, which any component can draw with.

    Its name has the ``place`` of the model among those that a page shows side by side. The key does not depend on it.

    The header has the layers of the decoder's three branches and of the classifier, each with its kind; linear ones
    have their sizes and where weight and bias start in the body, in float32 numbers. It has the steps of the style
    flow's inverse likewise, with the shape of each tensor. A tensor that several layers share is there once.
    """
    weights, branches = _Weights(), model.decoder.layers()
    header = {
        **_sizes(model),
        "digit": weights.described([] if model.classifier is None else model.classifier.layers()),
        "style": weights.described_flow(model.style_flow.inverse_steps()),
        "fromA": weights.described(branches.from_a),
        "fromB": weights.described(branches.from_b),
        "joint": weights.described(branches.joint),
    }
    return weights.packet(f"decoder {place}", header)


def encoder_packet(model: WVAE, place: int = 0) -> Packet:
    """All that the posterior means of a picture take, in the form of :func:`decoder_packet`."""
    weights, branches = _Weights(), model.encoder.layers()
    header = {
        **_sizes(model),
        "digit": weights.described([] if model.classifier is None else model.classifier.layers()),
        "a": weights.described(branches.a),
        "measured": weights.described(branches.measured),
        "learned": weights.described(branches.learned),
        "flow": weights.described_flow(model.style_flow.forward_steps()),
    }
    return weights.packet(f"encoder {place}", header)


def _sizes(model: WVAE) -> dict[str, int]:
    return {"latentA": model.config.latent_a, "latentB": model.config.latent_b}


class _Weights:
    """The body of a packet, and where in it each tensor starts."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.starts: dict[tuple[int, ...], int] = {}

    def packet(self, name: str, header: dict[str, Any]) -> Packet:
        numbers = [tensor.detach().cpu().numpy().ravel() for tensor in self.tensors]
        body = np.concatenate(numbers).astype("<f4").tobytes()
        return packet(name, digest(json.dumps(header).encode(), body), header, body)

    def described(self, layers: Sequence[Layer]) -> list[dict[str, Any]]:
        return [
            {"kind": layer.kind, **layer.settings}
            if layer.weight is None
            else {
                "kind": layer.kind,
                "shape": [*layer.weight.shape],
                "weight": self._start(layer.weight),
                "bias": None if layer.bias is None else self._start(layer.bias),
                "byDigit": layer.kind == "linear" and layer.bias is not None and layer.bias.ndim == 2,
                **layer.settings,
            }
            for layer in layers
        ]

    def described_flow(self, steps: Sequence[FlowStep]) -> list[dict[str, Any]]:
        return [
            {
                "kind": step.kind,
                "order": step.order,
                "tensors": {
                    name: {"start": self._start(tensor), "shape": [*tensor.shape]}
                    for name, tensor in step.tensors.items()
                },
            }
            for step in steps
        ]

    def _start(self, tensor: Tensor) -> int:
        same = (tensor.data_ptr(), *tensor.shape, *tensor.stride())
        if same not in self.starts:
            self.starts[same] = sum(placed.numel() for placed in self.tensors)
            self.tensors.append(tensor)
        return self.starts[same]
