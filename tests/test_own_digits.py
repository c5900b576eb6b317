"""Own digits: uploaded, listed, removed."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from wvae.errors import ConfigError, DataError
from wvae.own_digits import Picture, link_folder, own_folders, remove_own_folder, save_pictures, sources_here
from wvae.sources import load_digits


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
