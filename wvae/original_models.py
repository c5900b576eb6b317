"""The models of the 2018 article, read into :class:`wvae.model.WVAE`.

Its notebook saved Chainer 4 models as ``.npz``. They see images flattened column by column, as
EMNIST has them; the pixels are reordered here, so the models read upright images like any other.
"""

from pathlib import Path

import torch

from wvae.arrays import read_arrays
from wvae.checkpoint import check_weights
from wvae.digits import IMAGE_SIZE
from wvae.errors import CheckpointError, ConfigError, DataError
from wvae.model import WVAE, ModelConfig, build_model

LAYERS = {
    "le1": "encoder.hidden",
    "le2_mu_a": "encoder.mean_a",
    "le2_ln_var_a": "encoder.log_variance_a",
    "le2_mu_b": "encoder.mean_b",
    "le2_ln_var_b": "encoder.log_variance_b",
    "ld1_a": "decoder.a",
    "ld1_b": "decoder.b",
    "ld2": "decoder.pixels",
    "l_c": "classifier",
}
"""The article's name of each layer, and ours."""

LARGEST_MODEL = 100
"""Megabytes; the largest of the article's has 9."""


def read_original_model(path: str | Path) -> WVAE:
    """One of the article's models, in evaluation mode.

    Raises:
        CheckpointError: the file is missing, truncated, corrupt or not such a model.
    """
    path = Path(path)
    try:
        arrays = read_arrays(path, LARGEST_MODEL)
    except DataError as error:
        raise CheckpointError(str(error)) from error
    try:
        weights = {
            f"{ours}.{kind}": torch.from_numpy(arrays[f"{theirs}/{letter}"])
            for theirs, ours in LAYERS.items()
            for kind, letter in (("weight", "W"), ("bias", "b"))
            if theirs != "l_c" or "l_c/W" in arrays
        }
    except KeyError as error:
        raise CheckpointError(f"{path} is not one of the article's models: it has no {error.args[0]}.") from None
    except TypeError:
        raise CheckpointError(f"{path} is no .npz file of numbers.") from None

    upright = torch.arange(IMAGE_SIZE**2).reshape(IMAGE_SIZE, IMAGE_SIZE).T.flatten()
    try:
        weights["encoder.hidden.weight"] = weights["encoder.hidden.weight"][:, upright]
        weights["decoder.pixels.weight"] = weights["decoder.pixels.weight"][upright]
        weights["decoder.pixels.bias"] = weights["decoder.pixels.bias"][upright]
        model = build_model(
            ModelConfig(
                latent_a=len(weights["encoder.mean_a.weight"]),
                latent_b=len(weights["encoder.mean_b.weight"]),
                hidden=len(weights["encoder.hidden.weight"]),
                classifier="linear" if "classifier.weight" in weights else "none",
            )
        )
        model.load_state_dict(weights)
    except (ConfigError, RuntimeError, IndexError, TypeError):
        raise CheckpointError(f"The arrays in {path} have not the shapes of one of the article's models.") from None
    check_weights(model, path)
    return model.eval()
