"""The models of the 2018 article, read into :class:`wvae.model.WVAE`.

Its notebook saved Chainer 4 models as ``.npz``. They see images flattened column by column, as
EMNIST has them; the pixels are reordered here, so the models read upright images like any other.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from wvae.digits import IMAGE_SIZE
from wvae.errors import CheckpointError
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


def read_original_model(path: str | Path) -> WVAE:
    """One of the article's models, in evaluation mode.

    Raises:
        CheckpointError: the file is missing, truncated, corrupt or not such a model.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights = {
                f"{ours}.{kind}": torch.from_numpy(arrays[f"{theirs}/{letter}"])
                for theirs, ours in LAYERS.items()
                for kind, letter in (("weight", "W"), ("bias", "b"))
                if theirs != "l_c" or "l_c/W" in arrays
            }
    except FileNotFoundError:
        raise CheckpointError(f"There is no file {path}.") from None
    except KeyError as error:
        raise CheckpointError(f"{path} is not one of the article's models: {error.args[0]}.") from None
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, TypeError) as error:
        # The error itself is not for people: of a pickle, numpy's advises to open it unsafely.
        raise CheckpointError(f"{path} is truncated, corrupt or no .npz file of numbers.") from error

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
    except (RuntimeError, IndexError, TypeError):
        raise CheckpointError(f"The arrays in {path} have not the shapes of one of the article's models.") from None
    return model.eval()
