import base64
import io

import numpy as np
import pytest
from PIL import Image

from wvae.plots import (
    DIGIT_COLOURS,
    Plane,
    groups_by_digit,
    latent_range,
    picture_uri,
    plane_figure,
    tile,
    transfer_sheet,
)


def test_groups_share_the_rows_out() -> None:
    digits = np.array([3, 0, 3, 9])
    groups = groups_by_digit(digits)
    assert [(group.name, group.colour, group.rows.tolist()) for group in groups] == [
        ("0", DIGIT_COLOURS[0], [1]),
        ("3", DIGIT_COLOURS[3], [0, 2]),
        ("9", DIGIT_COLOURS[9], [3]),
    ]


def test_latent_range_leaves_out_outliers() -> None:
    values = np.append(np.linspace(-1, 1, 10_000), 500).astype(np.float32)
    low, high = latent_range(values)
    assert low == pytest.approx(-1.1, abs=0.02)
    assert high == pytest.approx(1.1, abs=0.02)
    low, high = latent_range(np.full(10, 3, np.float32))
    assert low < 3 < high


def test_tiles_and_pictures_keep_their_place() -> None:
    images = np.zeros((2, 3, 28, 28), np.float32)
    images[1, 2, 0, 27] = 1  # the top right pixel of the bottom right image
    picture = tile(images)
    assert picture.shape == (56, 84)
    assert np.argwhere(picture).tolist() == [[28, 83]]
    file = io.BytesIO(base64.b64decode(picture_uri(picture).split(",")[1]))
    assert np.array_equal(np.asarray(Image.open(file)), picture * 255)


def test_the_plane_puts_both_pictures_on_the_same_axes() -> None:
    plane = Plane(
        x=np.array([0, 1, 2], np.float32),
        y=np.array([5, 6, 7], np.float32),
        groups=groups_by_digit(np.array([1, 4, 1])),
        grid_x=np.array([-1, 0, 1, 2], np.float32),
        grid_y=np.array([8, 4], np.float32),
        images=np.zeros((2, 4, 28, 28), np.float32),
        x_title="latent A 1",
        y_title="latent B 1",
    )
    figure = plane_figure(plane)
    ones = figure.data[0]
    assert (ones.x.tolist(), ones.y.tolist(), ones.name) == ([0, 2], [5, 7], "1 (2)")
    assert isinstance(ones.x, np.ndarray)  # arrays travel to the browser as binary, lists do not
    image = figure.layout.images[0]
    assert (image.x, image.y, image.sizex, image.sizey) == (-1.5, 10, 4, 8)
    assert (image.xref, image.yref) == ("x2", "y2")
    for axis in (figure.layout.xaxis, figure.layout.xaxis2):
        assert tuple(axis.range) == (-1.5, 2.5)
    for axis in (figure.layout.yaxis, figure.layout.yaxis2):
        assert tuple(axis.range) == (2, 10)
    assert {figure.layout.xaxis.matches, figure.layout.xaxis2.matches} & {"x", "x2"}
    assert {figure.layout.yaxis.matches, figure.layout.yaxis2.matches} & {"y", "y2"}


def test_a_transfer_sheet_keeps_its_margins_apart() -> None:
    rows, columns = np.zeros((2, 28, 28), np.float32), np.zeros((3, 28, 28), np.float32)
    images = np.zeros((2, 3, 28, 28), np.float32)
    rows[1], columns[2], images[0, 1] = 0.2, 0.4, 0.6
    sheet = transfer_sheet(rows, columns, images)
    assert sheet.shape == (3 * 28 + 2, 4 * 28 + 2)
    assert (sheet[58:, :28] == np.float32(0.2)).all()
    assert (sheet[:28, 86:] == np.float32(0.4)).all()
    assert (sheet[30:58, 58:86] == np.float32(0.6)).all()
    assert (sheet[28:30] == 0.5).all()
    assert (sheet == 0).mean() > 0.5
