"""The models that are here, with their figures: list, order, add and rename them.

Models that ship with the project may be copied; those in ``runs/`` may be renamed and deleted as well.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from wvae.checkpoint import CONFIG, WEIGHTS, load_checkpoint, model_config, read_config, read_tensors, save_checkpoint
from wvae.errors import CheckpointError, RunError, WvaeError
from wvae.files import atomic_folder, modified
from wvae.jobs import is_alive, new_folder
from wvae.original_models import read_original_model
from wvae.record import PROBES, CheckpointConfig

ARTICLE = "the article's model"
"""What is said of a model of the 2018 article: its own, or one trained here by a preset of its kind."""

BEST_FIRST = ("wvae", "wvae-writer")
"""Presets whose models are shown before all others."""

UNREADABLE: CheckpointConfig = {"format_version": 0, "model": {}}
"""What is known of a model whose config cannot be read."""

LARGEST_UPLOAD = 100
"""Megabytes; the largest model of the article's kind has 9."""


class ModelEntry(NamedTuple):
    """A trained model as a table shows it; what its config does not tell is None.

    ``kind`` is that of :func:`model_kind`.
    ``nats``, ``digit_from_a`` and ``digit_from_b`` are those of :mod:`wvae.evaluation`, the last two
    from 0 to 1. ``problem`` says in a sentence why it cannot be loaded.
    """

    name: str
    folder: Path
    kind: str | None
    latent_a: int | None
    latent_b: int | None
    trained_on: str | None
    nats: float | None
    digit_from_a: float | None
    digit_from_b: float | None
    megabytes: float
    written: datetime
    problem: str | None


def list_models(*homes: Path) -> list[ModelEntry]:
    """Every finished model in the folders of model folders, the broken ones too.

    The weights of a model are read when it is first listed, and again when one of its files was written anew.
    """
    found = [weights for home in homes for weights in sorted(home.glob(f"[!.]*/{WEIGHTS}"))]
    return [_entry(weights, modified(weights), modified(weights.with_name(CONFIG))) for weights in found]


def model_kind(config: CheckpointConfig) -> str | None:
    """By its config: the preset that a model was trained by, or :data:`ARTICLE`; None if it does not tell."""
    preset = config.get("preset")
    if "imported" in config or (preset or "").startswith("article"):
        return ARTICLE
    return preset


def best_first(folders: Iterable[Path], synthetic: bool) -> list[Path]:
    """Models in the order in which they are offered.

    First those trained on digits of the kind at hand, synthetic or real; of these by preset, see :data:`BEST_FIRST`;
    of these by dimensions of B, the most first.
    """

    def rank(folder: Path) -> tuple[bool, int, int]:
        try:
            config = read_config(folder)
            latent_b = model_config(config, folder).latent_b
        except WvaeError:
            config, latent_b = UNREADABLE, 0
        kind, source = model_kind(config), _trained_on(config) or ""
        preset = BEST_FIRST.index(kind) if kind in BEST_FIRST else len(BEST_FIRST)
        return source.startswith("synthetic") != synthetic, preset, -latent_b

    return sorted(folders, key=rank)


def add_model(file_name: str, content: bytes, target: Path) -> None:
    """Put an uploaded model into a new folder: a ``.safetensors`` of wvae, or an ``.npz`` of the article.

    Raises:
        CheckpointError: the file is empty, too large, damaged, not such a model, or of a kind that
            can run code when it is opened.
        WvaeError: the disk is full or cannot be written.
    """
    if not content:
        raise CheckpointError(f"{file_name} is empty: upload it again.")
    if len(content) > LARGEST_UPLOAD * 1_000_000:
        raise CheckpointError(f"{file_name} is larger than {LARGEST_UPLOAD} MB: it is no model of this kind.")
    suffix = Path(file_name).suffix.lower()
    with atomic_folder(target) as folder:
        upload = folder / f"upload{suffix}"
        upload.write_bytes(content)
        try:
            if suffix == ".npz":
                save_checkpoint(folder, read_original_model(upload), {"imported": {"file": file_name}})
                upload.unlink()
            else:
                read_tensors(upload, CheckpointConfig)  # refuses every other kind of file, unopened
                load_checkpoint(upload)
                upload.rename(folder / WEIGHTS)
        except CheckpointError as error:
            raise CheckpointError(str(error).replace(str(upload), file_name)) from None


def rename_model(model: Path, name: str, *others: Path) -> Path:
    """Give a model of ``runs/`` another name, and return its new folder.

    Raises:
        ConfigError: the name is no name, or is taken there or in one of the ``others``.
        RunError: the model is still being trained.
        WvaeError: it cannot be renamed.
    """
    target = new_folder(name, model.parent, *others)
    if is_alive(model):
        raise RunError(f"{model} is still being trained: stop it first.")
    try:
        return model.rename(target)
    except OSError as error:
        raise WvaeError(f"{model} could not be renamed: {error.strerror}.") from error


@lru_cache(maxsize=256)
def _entry(weights: Path, weights_written: int, config_written: int) -> ModelEntry:
    """A model; the times in ns, at which its files were written, are what the cache goes by."""
    config, problem, size = UNREADABLE, None, 0
    try:
        size = weights.stat().st_size
        load_checkpoint(weights.parent)
        config = read_config(weights.parent)
    except (WvaeError, OSError) as error:
        problem = str(error)
    model, figures = config["model"], config.get("figures", {})
    reconstruction, leakage = figures.get("reconstruction"), figures.get("leakage")
    return ModelEntry(
        weights.parent.name,
        weights.parent,
        model_kind(config),
        model.get("latent_a"),
        model.get("latent_b"),
        _trained_on(config) or config.get("imported", {}).get("file"),
        reconstruction and reconstruction["reconstruction"],
        figures.get("digit_accuracy"),
        leakage and max(leakage["digit_from_b"][probe] for probe in PROBES),
        size / 1e6,
        _finished(config) or datetime.fromtimestamp(weights_written / 1e9, UTC),
        problem,
    )


def _trained_on(config: CheckpointConfig) -> str | None:
    return config.get("data", {}).get("source")


def _finished(config: CheckpointConfig) -> datetime | None:
    try:
        return datetime.fromisoformat(config.get("record", {}).get("finished", ""))
    except ValueError:
        return None
