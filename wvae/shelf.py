"""What stands on the shelf: trained models with their figures, and a person's own digits.

Models that ship with the project may be copied; those in ``runs/`` may be renamed and deleted as well.
"""

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from wvae.checkpoint import WEIGHTS, load_checkpoint, read_config, read_tensors, save_checkpoint
from wvae.digits import DigitSet
from wvae.errors import CheckpointError, DataError, RunError, WvaeError
from wvae.files import atomic_write, modified
from wvae.jobs import is_alive, new_folder
from wvae.original_models import read_original_model
from wvae.sources import data_root, folder, known_sources

LARGEST_UPLOAD = 100
"""Megabytes; the largest model of the article's kind has 9."""


class ModelEntry(NamedTuple):
    """A trained model as a table shows it; what its config does not tell is None.

    ``nats``, ``digit_from_a`` and ``digit_left_in_b`` are those of :mod:`wvae.evaluation`, the last two
    from 0 to 1. ``problem`` says in a sentence why it cannot be loaded.
    """

    name: str
    folder: Path
    latent_a: int | None
    latent_b: int | None
    trained_on: str | None
    nats: float | None
    digit_from_a: float | None
    digit_left_in_b: float | None
    megabytes: float
    written: datetime
    problem: str | None


def list_models(*homes: Path) -> list[ModelEntry]:
    """Every finished model in the folders of model folders, the broken ones too."""
    return [_entry(weights) for home in homes for weights in sorted(home.glob(f"*/{WEIGHTS}"))]


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
    beside = target.parent / f".{target.name}{suffix}"
    try:
        if suffix == ".npz":
            _check_unpacked_size(file_name, content)
            with atomic_write(beside) as temporary:
                temporary.write_bytes(content)
            save_checkpoint(target, read_original_model(beside), {"imported": {"file": file_name}})
        else:
            with atomic_write(beside) as temporary:
                temporary.write_bytes(content)
            read_tensors(beside)  # refuses every other kind of file, unopened
            load_checkpoint(beside)
            target.mkdir()
            os.replace(beside, target / WEIGHTS)
    except CheckpointError as error:
        raise CheckpointError(str(error).replace(str(beside), file_name)) from None
    finally:
        beside.unlink(missing_ok=True)


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


def sources_here(root: str | Path | None = None) -> list[str]:
    """Every source that can be loaded now, real digits first, then a person's own, then "synthetic"."""
    known = [source.name for source in known_sources(root) if source.present and source.name != "synthetic"]
    return [*known, *own_folders(root), "synthetic"]


def own_folders(root: str | Path | None = None) -> list[str]:
    """The source strings of the folders in ``root`` that hold a ``labels.csv``, such as "folder:mine"."""
    return [f"folder:{labels.parent.name}" for labels in sorted(data_root(root).glob(f"*/{folder.LABELS}"))]


def changed(source: str, root: str | Path | None = None) -> int:
    """When the labels of a folder of one's own were written, in ns; 0 for other sources, which stay as they are."""
    labels = data_root(root) / source.removeprefix("folder:") / folder.LABELS
    return modified(labels) if source.startswith("folder:") else 0


def link_folder(path: Path, name: str, root: str | Path | None = None) -> DigitSet:
    """List a folder of digits under a name of its own; it stays where it is.

    Raises:
        ConfigError: the name is no name, or is taken.
        DataError: it is no folder of digits; see :func:`wvae.sources.folder.load`.
        WvaeError: ``root`` cannot be written.
    """
    target = new_folder(name, data_root(root))
    try:
        path = path.expanduser().absolute()
    except RuntimeError as error:
        raise DataError(f"{path} is nowhere: {error}") from error
    digits = folder.load(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path, target_is_directory=True)
    except OSError as error:
        raise WvaeError(f"{target} could not be written: {error.strerror}.") from error
    return digits


def remove_own_folder(source: str, root: str | Path | None = None) -> None:
    """Take a folder of digits off the list: uploaded pictures are deleted, a linked folder stays where it is.

    Raises:
        WvaeError: it cannot be removed.
    """
    path = data_root(root) / source.removeprefix("folder:")
    try:
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise WvaeError(f"{path} could not be removed: {error.strerror}.") from error


class Picture(NamedTuple):
    """An uploaded picture of one digit, and whose it is; None where that is not said yet."""

    file: str
    content: bytes
    digit: int | None
    writer: int | None


def save_pictures(pictures: Sequence[Picture], name: str, root: str | Path | None = None) -> DigitSet:
    """Write pictures and their ``labels.csv`` into a new folder of ``root``.

    Raises:
        ConfigError: the name is no name, or is taken.
        DataError: there are none, one is no readable picture, or a digit or writer is missing.
        WvaeError: the disk is full or cannot be written.
    """
    target = new_folder(name, data_root(root))
    if not pictures:
        raise DataError("There are no pictures to save: upload some first.")
    for picture in pictures:
        if picture.digit not in range(10) or picture.writer is None or picture.writer < 0:
            raise DataError(f"{picture.file} needs a digit from 0 to 9 and a writer's number from 0.")
        try:
            folder.read_picture(io.BytesIO(picture.content))
        except DataError as error:
            raise DataError(f"{picture.file}: {error}") from error
    try:
        _write_pictures(pictures, target)
        return folder.load(target)
    except WvaeError:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _write_pictures(pictures: Iterable[Picture], target: Path) -> None:
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(folder.COLUMNS)
    for number, picture in enumerate(pictures, start=1):
        name = f"{number:04}{Path(picture.file).suffix.lower()}"  # names from elsewhere may clash, or be paths
        with atomic_write(target / name) as temporary:
            temporary.write_bytes(picture.content)
        rows.writerow([name, picture.digit, picture.writer])
    with atomic_write(target / folder.LABELS) as temporary:
        temporary.write_text(table.getvalue(), encoding="utf-8")


def _entry(weights: Path) -> ModelEntry:
    config: dict[str, Any] = {}
    problem, size, written = None, 0, 0.0
    try:
        size, written = weights.stat().st_size, weights.stat().st_mtime
        load_checkpoint(weights.parent)
        config = read_config(weights.parent)
    except (WvaeError, OSError) as error:
        problem = str(error)
    leakage = _field(config, "figures", "leakage", "digit_from_b")
    return ModelEntry(
        weights.parent.name,
        weights.parent,
        _field(config, "model", "latent_a"),
        _field(config, "model", "latent_b"),
        _field(config, "data", "source") or _field(config, "imported", "file"),
        _field(config, "figures", "reconstruction", "reconstruction"),
        _field(config, "figures", "digit_accuracy"),
        max(leakage.values()) if isinstance(leakage, dict) and leakage else None,
        size / 1e6,
        _finished(config) or datetime.fromtimestamp(written, UTC),
        problem,
    )


def _finished(config: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(_field(config, "record", "finished"))
    except (TypeError, ValueError):
        return None


def _field(config: Any, *names: str) -> Any:
    """A field of nested sections, None where one is missing or no section."""
    for name in names:
        config = config.get(name) if isinstance(config, dict) else None
    return config


def _check_unpacked_size(file_name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        return  # read_original_model says what is wrong with it
    if unpacked > LARGEST_UPLOAD * 1_000_000:
        raise CheckpointError(f"{file_name} unpacks to more than {LARGEST_UPLOAD} MB: it is no model of the article.")
