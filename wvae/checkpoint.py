"""Checkpoint folders: ``model.safetensors`` and ``config.json``.

The weights are in the safetensors format ("Safetensors", https://huggingface.co/docs/safetensors),
which holds numbers only: nothing is ever unpickled. The config is also in the weight file's header,
so that one file is enough.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import pad

from wvae import __version__
from wvae.errors import CheckpointError
from wvae.files import atomic_write
from wvae.model import WVAE, ModelConfig, build_model
from wvae.record import CheckpointConfig
from wvae.schema import config_from, parse, read_json

FORMAT_VERSION = 2
READABLE_VERSIONS = (1, 2)
"""Version 1 said of the classifier only whether there is one, and named weights like ``encoder_hidden.weight``."""

WEIGHTS = "model.safetensors"
CONFIG = "config.json"


LARGEST_WEIGHT = 1e4
"""A trained weight is below 100; with latents beyond all measure nothing could be drawn."""

C = TypeVar("C")


class TensorFile(NamedTuple, Generic[C]):
    """What a safetensors file holds: named tensors and the config in its header."""

    tensors: dict[str, Tensor]
    config: C


def write_tensors(path: Path, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> None:
    """Write a safetensors file with a config in its header, whole or not at all.

    Raises:
        WvaeError: the disk is full or the folder cannot be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_bytes(_safetensors(tensors, config))


def read_tensors(path: Path, kind: type[C]) -> TensorFile[C]:
    """Read what :func:`write_tensors` wrote, with a config of some kind.

    Raises:
        CheckpointError: the file is missing, truncated, corrupt or not of this kind.
    """
    if path.suffix != ".safetensors":
        raise CheckpointError(
            f"{path} is not a .safetensors file, the only kind read here: other kinds, such as pickles, "
            "can run code when they are opened."
        )
    if not path.is_file():  # a pipe would be waited for
        raise CheckpointError(f"There is no file {path}.")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            config = parse(header["config"], kind, f"The config of {path}", CheckpointError)
            return TensorFile({name: file.get_tensor(name) for name in file.keys()}, config)  # noqa: SIM118
    except KeyError:
        raise CheckpointError(f"{path} has no config in its header: it is not a checkpoint of wvae.") from None
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is truncated or corrupt ({error}): get it again.") from None


def save_checkpoint(folder: Path, model: WVAE, record: Mapping[str, Any]) -> None:
    """Write a model with the record of how it came to be, the weights last: where they are, all is.

    Args:
        folder: made if it is not there; files in it are replaced whole.
        record: JSON-ready sections of the config beside ``model``, such as ``training``,
            ``data`` and ``figures``.

    Raises:
        WvaeError: the disk is full or the folder cannot be written.
    """
    with atomic_write(folder / WEIGHTS) as temporary:
        temporary.write_bytes(_safetensors(model.state_dict(), _full_config(model.config, record)))
        write_config(folder, model.config, record)  # only now that there was room for the weights


def write_config(folder: Path, model: ModelConfig, record: Mapping[str, Any]) -> None:
    """Write ``config.json``, whole or not at all; see :func:`save_checkpoint`."""
    with atomic_write(folder / CONFIG) as temporary:
        temporary.write_text(json.dumps(_full_config(model, record), indent=2) + "\n", encoding="utf-8")


def read_config(path: str | Path) -> CheckpointConfig:
    """The config of a checkpoint folder or weight file.

    Raises:
        CheckpointError: it is missing, corrupt or of another format version.
    """
    path = Path(path)
    if (path / CONFIG).is_file():
        config = read_json(path / CONFIG, CheckpointConfig, CheckpointError)
    else:
        config = read_tensors(_weights_path(path), CheckpointConfig).config
    _check_version(config, path)
    return config


def load_checkpoint(path: str | Path, device: str | torch.device = "cpu") -> WVAE:
    """A model in evaluation mode, from a checkpoint folder or its weight file alone.

    Raises:
        CheckpointError: a file is missing, truncated, corrupt or of another format, config and weights do not fit
            each other, or weights are not finite.
    """
    weights_path = _weights_path(Path(path))
    tensors, config = read_tensors(weights_path, CheckpointConfig)
    _check_version(config, weights_path)
    if Path(path).is_dir():
        folder_config = read_config(path)
        if model_config(folder_config, Path(path) / CONFIG) != model_config(config, weights_path):
            raise CheckpointError(
                f"{Path(path) / CONFIG} and {weights_path} describe different models: get both again."
            )
    model = build_model(model_config(config, weights_path))
    load_weights(model, tensors, weights_path)
    check_weights(model, weights_path)
    return model.to(device).eval()


def load_weights(model: WVAE, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put the tensors of a file into a model, under the names and in the shapes of this or an earlier version.

    Raises:
        CheckpointError: they do not fit the model.
    """
    named = {re.sub("^(encoder|decoder)_", r"\1.", name): value for name, value in tensors.items()}
    name, maps = "writer_projection.matrix", model.writer_projection.matrix
    try:
        if maps is not None and name in named and named[name].ndim == 2:  # one for all digits, with fewer dimensions
            missing = max(maps.shape[1] - len(named[name]), 0)
            named[name] = pad(named[name], (0, 0, 0, missing)).expand_as(maps)
        model.load_state_dict(named)
    except RuntimeError:
        raise CheckpointError(f"The weights in {path} do not fit its config: get it again.") from None


def check_weights(model: WVAE, path: Path) -> None:
    """Check that a model from a file can be used.

    Raises:
        CheckpointError: weights are no numbers, or beyond all measure.
    """
    if not all((value.abs() <= LARGEST_WEIGHT).all() for value in model.state_dict().values()):
        raise CheckpointError(
            f"The weights in {path} are not all numbers up to {LARGEST_WEIGHT:g}: get it again, or train anew."
        )


def weights_digest(path: str | Path) -> str:
    """SHA-256 of a checkpoint's weight file.

    Raises:
        CheckpointError: there is none.
    """
    try:
        with open(_weights_path(Path(path)), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error


def model_config(config: Mapping[str, Any], path: Path) -> ModelConfig:
    """The ``model`` section of a config.

    Raises:
        CheckpointError: a field is unknown or out of range.
    """
    section = config["model"]
    if isinstance(section.get("classifier"), bool):  # version 1
        section = section | {"classifier": "linear" if section["classifier"] else "none"}
    return config_from(ModelConfig, section, f"{path}: model")


def _safetensors(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> bytes:
    return save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, {"config": json.dumps(config)})


def _full_config(model: ModelConfig, record: Mapping[str, Any]) -> dict[str, Any]:
    return {"format_version": FORMAT_VERSION, "package_version": __version__, "model": asdict(model), **record}


def _weights_path(path: Path) -> Path:
    if not path.exists():
        raise CheckpointError(f"There is no checkpoint {path}.")
    if path.is_file():
        return path
    if not (path / WEIGHTS).is_file():
        raise CheckpointError(f"{path} has no {WEIGHTS}: it is no checkpoint, or its training has not finished.")
    return path / WEIGHTS


def _check_version(config: CheckpointConfig, path: Path) -> None:
    version = config["format_version"]
    if version not in READABLE_VERSIONS:
        raise CheckpointError(
            f"{path} has format version {version}; this package reads the versions "
            f"{', '.join(map(str, READABLE_VERSIONS))}."
        )
