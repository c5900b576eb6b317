"""A person's own digits: folders of pictures that are listed as sources beside the known ones."""

import io
import itertools
import shutil
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from wvae.digits import DigitSet
from wvae.errors import ConfigError, DataError, WvaeError
from wvae.files import atomic_folder, atomic_write, modified
from wvae.jobs import LOCK, new_folder
from wvae.locks import take_lock
from wvae.sources import data_root, folder, known_sources
from wvae.sources.labels import COLUMNS, LABELS, labels_text, read_labels


def sources_here(root: str | Path | None = None) -> list[str]:
    """Every source that can be loaded now, real digits first, then a person's own, then "synthetic"."""
    known = [source.name for source in known_sources(root) if source.present and source.name != "synthetic"]
    return [*known, *own_folders(root), "synthetic"]


def own_folders(root: str | Path | None = None) -> list[str]:
    """The source strings of the folders in ``root`` that hold a ``labels.csv``, such as "folder:mine"."""
    return [f"folder:{labels.parent.name}" for labels in sorted(data_root(root).glob(f"[!.]*/{LABELS}"))]


def changed(source: str, root: str | Path | None = None) -> int:
    """When the labels of a folder of one's own were written, in ns; 0 for other sources, which stay as they are."""
    labels = data_root(root) / source.removeprefix("folder:") / LABELS
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


def rename_own_folder(source: str, name: str, root: str | Path | None = None) -> str:
    """Give a folder of digits another name; returns its new source string.

    Raises:
        ConfigError: the name is no name, or is taken.
        WvaeError: it cannot be renamed.
    """
    path, target = data_root(root) / source.removeprefix("folder:"), new_folder(name, data_root(root))
    try:
        path.rename(target)
    except OSError as error:
        raise WvaeError(f"{path} could not be renamed: {error.strerror}.") from error
    return f"folder:{name}"


class Picture(NamedTuple):
    """An uploaded picture of one digit, and its labels; None where one is not known yet."""

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
    return _whole(target, lambda into: _write_pictures(pictures, into))


def _whole(target: Path, write: Callable[[Path], None]) -> DigitSet:
    """Have a new folder of digits written, and read it: it comes to be if both go well."""
    with atomic_folder(target) as temporary:
        try:
            write(temporary)
            return folder.load(temporary)
        except DataError as error:
            raise DataError(str(error).replace(str(temporary), str(target))) from error


PNG = b"\x89PNG"
"""How the content of a PNG begins."""


def keep_picture(picture: Picture, name: str, root: str | Path | None = None) -> int:
    """Add a picture to the set of one's own that has the name, or to a new one; returns how many are in it now.

    Raises:
        ConfigError: the name is no name, or is that of something else.
        DataError: it is no readable picture.
        RunError: another process adds to the set at this moment.
        WvaeError: the disk is full or cannot be written.
    """
    if f"folder:{name}" not in own_folders(root):
        return len(save_pictures([picture], name, root))
    target = _kept_here(f"folder:{name}", root)
    folder.read_picture(io.BytesIO(picture.content))
    with take_lock(target / LOCK):
        rows = read_labels(target)
        taken = {path.stem for path in target.iterdir()}
        file = target / next(f"{n:04}.png" for n in itertools.count(len(rows) + 1) if f"{n:04}" not in taken)
        with atomic_write(file) as temporary:
            temporary.write_bytes(picture.content)
        _write_labels(target, [*((row.picture, row.digit, row.writer) for row in rows), (file, *picture[2:])])
    return len(rows) + 1


def remove_picture(source: str, row: int, root: str | Path | None = None) -> None:
    """Take a picture out of a set of one's own: that of a row of its ``labels.csv``, from 0. The last one stays.

    Raises:
        ConfigError: the set is a folder that lies elsewhere.
        DataError: there is no such row, or it is the only one.
        RunError: another process changes the set at this moment.
        WvaeError: the disk is full or cannot be written.
    """
    target = _kept_here(source, root)
    with take_lock(target / LOCK):
        rows = read_labels(target)
        if not 0 <= row < len(rows) or len(rows) == 1:
            raise DataError(f"{source} has {len(rows)} pictures; this cannot be taken out: remove the whole set.")
        removed = rows.pop(row)
        _write_labels(target, ((kept.picture, kept.digit, kept.writer) for kept in rows))
        with suppress(OSError):  # it is off the list
            removed.picture.unlink()


def _kept_here(source: str, root: str | Path | None) -> Path:
    """The folder of a set whose files are the dashboard's own, and not a person's that it only lists.

    Raises:
        ConfigError: it lies elsewhere.
    """
    target = data_root(root) / source.removeprefix("folder:")
    if target.is_symlink():
        raise ConfigError(f"{source} lists a folder that lies elsewhere, which is not changed: choose another name.")
    return target


def _write_labels(target: Path, rows: Iterable[tuple[Path, int | None, int | None]]) -> None:
    """Write the ``labels.csv`` of a folder: picture, digit and writer of each row."""
    text = labels_text((picture.relative_to(target), digit, by) for picture, digit, by in rows)
    with atomic_write(target / LABELS) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _write_pictures(pictures: Iterable[Picture], target: Path) -> None:
    rows = []
    for number, picture in enumerate(pictures, start=1):
        file = target / f"{number:04}.{'png' if picture.content.startswith(PNG) else 'jpg'}"  # theirs may clash
        file.write_bytes(picture.content)
        rows.append((file, picture.digit, picture.writer))
    _write_labels(target, rows)


LARGEST_UNPACKED = 500
"""Megabytes that a zip may unpack to."""


def save_archive(content: bytes, name: str, root: str | Path | None = None) -> DigitSet:
    """Unpack a zip of pictures and their ``labels.csv``, as the latent map exports it, into a new folder of ``root``.

    Raises:
        ConfigError: the name is no name, or is taken.
        DataError: it is no such zip, is damaged or too large, or its pictures are none; see
            :func:`wvae.sources.folder.load`.
        WvaeError: the disk is full or cannot be written.
    """
    return _whole(new_folder(name, data_root(root)), lambda into: _unpack_archive(content, into))


def _unpack_archive(content: bytes, target: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _unpack(archive, target)
    except (WvaeError, OSError):
        raise
    except Exception as error:  # what the readers meet in a damaged archive has no common class
        raise DataError("This is no zip file, or it is damaged or locked by a password: make it again.") from error


def _unpack(archive: zipfile.ZipFile, target: Path) -> None:
    """The ``labels.csv`` of an archive and all files beside and below it."""
    members = {PurePosixPath(member.filename): member for member in archive.infolist() if not member.is_dir()}
    labels = min((path for path in members if path.name == LABELS), key=lambda path: len(path.parts), default=None)
    if labels is None:
        raise DataError(f"There is no {LABELS} in the zip: it names each picture's {', '.join(COLUMNS)}.")
    if sum(member.file_size for member in members.values()) > LARGEST_UNPACKED * 1_000_000:
        raise DataError(f"The zip unpacks to more than {LARGEST_UNPACKED} MB: divide it.")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members.values()):
        raise DataError("The zip is packed in a way that is not usual: make it again.")
    beside = [path for path in members if path.is_relative_to(labels.parent) and path != labels]
    for path in [*beside, labels]:
        inside = path.relative_to(labels.parent)
        if ".." in inside.parts or inside.is_absolute():
            raise DataError(f"The zip would write outside of its folder, to {path}: it is not unpacked.")
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        (target / inside).write_bytes(archive.read(members[path]))
