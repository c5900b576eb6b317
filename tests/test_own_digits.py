"""Own digits: uploaded, listed, removed."""

import io
import os
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from wvae import own_digits
from wvae.errors import ConfigError, DataError
from wvae.files import TEMPORARY
from wvae.own_digits import (
    Picture,
    keep_picture,
    link_folder,
    own_folders,
    remove_own_folder,
    remove_picture,
    rename_own_folder,
    save_archive,
    save_pictures,
    sources_here,
)
from wvae.sources import load_digits
from wvae.ui.gallery import pictures_of


def picture(digit: int) -> bytes:
    """A 1 or a 7 in dark ink on light paper."""
    image = Image.new("L", (200, 220), 245)
    line = [(60, 50), (140, 50), (90, 180)] if digit == 7 else [(100, 40), (105, 180)]
    ImageDraw.Draw(image).line(line, fill=20, width=14)
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def test_uploaded_pictures_become_a_source(tmp_path: Path) -> None:
    pictures = [Picture("a.png", picture(1), 1, 5), Picture("../a.PNG", picture(7), 7, 6)]
    saved = save_pictures(pictures, "mine", tmp_path)
    assert own_folders(tmp_path) == ["folder:mine"]
    assert sources_here(tmp_path) == ["folder:mine", "synthetic"]
    digits = load_digits("folder:mine", tmp_path)
    assert digits.digits.tolist() == [1, 7]
    assert digits.writers.tolist() == [5, 6]
    assert np.array_equal(digits.images, saved.images)
    with pytest.raises(ConfigError, match="choose another name"):
        save_pictures(pictures, "mine", tmp_path)
    remove_own_folder("folder:mine", tmp_path)
    assert own_folders(tmp_path) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("pictures", "says"),
    [
        ([], "no pictures"),
        ([Picture("a.png", picture(1), None, 5)], "a.png needs a digit"),
        ([Picture("a.png", picture(1), 10, 5)], "a.png needs a digit"),
        ([Picture("a.png", picture(1), 1, None)], "a writer's number"),
        ([Picture("a.png", picture(1), 1, -1)], "a writer's number"),
        ([Picture("a.png", b"nonsense", 1, 1)], "a.png: this is not a PNG or JPEG"),
    ],
)
def test_pictures_that_cannot_be_kept(pictures: list[Picture], says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says):
        save_pictures(pictures, "mine", tmp_path)
    assert not list(tmp_path.iterdir())


def archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return content.getvalue()


LABELS = b"file,digit,writer\na.png,1,5\n"


def test_the_zip_that_the_map_exports_becomes_a_source(tmp_path: Path) -> None:
    exported = load_digits("synthetic:4")
    rows = np.array([3, 100, 7])
    saved = save_archive(pictures_of(exported, rows), "mine", tmp_path)
    assert own_folders(tmp_path) == ["folder:mine"]
    digits = load_digits("folder:mine", tmp_path)
    assert digits.digits.tolist() == exported.digits[rows].tolist()
    assert digits.writers.tolist() == exported.writers[rows].tolist()
    assert np.array_equal(digits.images, saved.images)
    with pytest.raises(ConfigError, match="choose another name"):
        save_archive(pictures_of(exported, rows), "mine", tmp_path)


def test_a_zipped_folder_becomes_a_source_without_what_is_outside_of_it(tmp_path: Path) -> None:
    zipped = archive({"sheet/labels.csv": LABELS, "sheet/a.png": picture(1), "__MACOSX/a.png": b"nonsense"})
    assert save_archive(zipped, "mine", tmp_path).writers.tolist() == [5]
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["a.png", "labels.csv"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"nonsense", "no zip file"),
        (archive({"labels.csv": LABELS, "a.png": picture(1)})[:-30], "no zip file"),
        (archive({"a.png": picture(1)}), "no labels.csv in the zip"),
        (archive({"labels.csv": LABELS}), "a.png: there is no such file"),
        (archive({"labels.csv": LABELS, "a.png": b"nonsense"}), "a.png: this is not a PNG or JPEG"),
        (archive({"labels.csv": LABELS, "../a.png": picture(1)}), "outside of its folder"),
        (archive({"labels.csv": LABELS, "a.png": bytes(2_000_000)}), "more than 1 MB"),
    ],
    ids=["other", "cut short", "no labels", "no picture", "no PNG", "outside", "too large"],
)
def test_zips_that_cannot_be_kept(content: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_digits, "LARGEST_UNPACKED", 1)
    with pytest.raises(DataError, match=says):
        save_archive(content, "mine", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_elsewhere_is_listed_and_stays_where_it_is(tmp_path: Path) -> None:
    save_pictures([Picture("a.png", picture(7), 7, 1)], "theirs", tmp_path / "elsewhere")
    digits = link_folder(tmp_path / "elsewhere/theirs", "linked", tmp_path / "data")
    assert digits.digits.tolist() == [7]
    assert load_digits("folder:linked", tmp_path / "data").digits.tolist() == [7]
    with pytest.raises(DataError, match="is missing"):
        link_folder(tmp_path, "none", tmp_path / "data")
    remove_own_folder("folder:linked", tmp_path / "data")
    assert own_folders(tmp_path / "data") == []
    assert (tmp_path / "elsewhere/theirs/labels.csv").exists()


def test_drawings_are_kept_one_by_one_in_a_set(tmp_path: Path) -> None:
    for number, digit in enumerate([1, 7, 1], start=1):
        assert keep_picture(Picture("drawing.png", picture(digit), digit, 5), "mine", tmp_path) == number
    digits = load_digits("folder:mine", tmp_path)
    assert digits.digits.tolist() == [1, 7, 1]
    assert np.array_equal(digits.images[0], digits.images[2])
    remove_picture("folder:mine", 0, tmp_path)
    assert load_digits("folder:mine", tmp_path).digits.tolist() == [7, 1]
    keep_picture(Picture("drawing.png", picture(7), 7, 6), "mine", tmp_path)  # under a name that no other has
    digits = load_digits("folder:mine", tmp_path)
    assert digits.digits.tolist() == [7, 1, 7]
    assert np.array_equal(digits.images[0], digits.images[2])
    assert rename_own_folder("folder:mine", "ours", tmp_path) == "folder:ours"
    assert own_folders(tmp_path) == ["folder:ours"]
    assert load_digits("folder:ours", tmp_path).writers.tolist() == [5, 5, 6]


def test_what_cannot_be_kept_leaves_the_set_as_it_was(tmp_path: Path) -> None:
    save_pictures([Picture("a.png", picture(1), 1, 5)], "mine", tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    with pytest.raises(DataError):
        keep_picture(Picture("a.png", b"no picture", 1, 5), "mine", tmp_path)
    with pytest.raises(DataError, match="remove the whole set"):
        remove_picture("folder:mine", 0, tmp_path)
    with pytest.raises(ConfigError, match="choose another name"):
        rename_own_folder("folder:mine", "mine", tmp_path)
    with pytest.raises(ConfigError, match="A name has"):
        keep_picture(Picture("a.png", picture(1), 1, 5), "../mine", tmp_path)
    link_folder(tmp_path / "mine", "linked", tmp_path)
    with pytest.raises(ConfigError, match="lies elsewhere"):
        keep_picture(Picture("a.png", picture(1), 1, 5), "linked", tmp_path)
    after = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir() if path.name != "lock"}
    assert after == before


def test_of_digits_kept_at_once_under_one_name_one_set_is_kept_whole(tmp_path: Path) -> None:
    kept: list[int] = []

    def keep(digit: int) -> None:
        with suppress(ConfigError):
            save_pictures([Picture(f"{n}.png", picture(digit), digit, digit) for n in range(5)], "mine", tmp_path)
            kept.append(digit)

    threads = [threading.Thread(target=keep, args=[digit]) for digit in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1
    assert load_digits("folder:mine", tmp_path).digits.tolist() == kept * 5
    assert own_folders(tmp_path) == ["folder:mine"]
    assert os.listdir(tmp_path) == ["mine"]


def test_a_set_that_is_being_written_is_not_listed(tmp_path: Path) -> None:
    save_pictures([Picture("a.png", picture(7), 7, 1)], "mine", tmp_path)
    (tmp_path / "mine").rename(tmp_path / f".mine.1{TEMPORARY}")
    assert own_folders(tmp_path) == []


def test_the_name_of_an_upload_does_not_matter(tmp_path: Path) -> None:
    name = "a\0b." + "x" * 300
    assert len(save_pictures([Picture(name, picture(7), 7, 1)], "mine", tmp_path)) == 1


def test_a_folder_that_lies_elsewhere_is_not_changed(tmp_path: Path) -> None:
    save_pictures([Picture("a.png", picture(digit), digit, 5) for digit in (1, 7)], "theirs", tmp_path / "elsewhere")
    before = {path.name: path.read_bytes() for path in (tmp_path / "elsewhere/theirs").iterdir()}
    link_folder(tmp_path / "elsewhere/theirs", "linked", tmp_path)
    with pytest.raises(ConfigError, match="lies elsewhere"):
        remove_picture("folder:linked", 0, tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "elsewhere/theirs").iterdir()} == before


def test_a_labels_file_that_a_spreadsheet_wrote_is_changed_as_it_is_read(tmp_path: Path) -> None:
    save_pictures([Picture("a.png", picture(digit), digit, 5) for digit in (1, 7)], "mine", tmp_path)
    (tmp_path / "mine/labels.csv").write_text("\ufeffnote, digit , writer, file\nx,1,5,0001.png\ny,7,6,0002.png\n")
    remove_picture("folder:mine", 0, tmp_path)
    digits = load_digits("folder:mine", tmp_path)
    assert (digits.digits.tolist(), digits.writers.tolist()) == ([7], [6])
    assert not (tmp_path / "mine/0001.png").exists()
