import base64
import io

import numpy as np
from PIL import Image

from wvae.raster import picture_uri, tile, transfer_sheet


def test_tiles_and_pictures_keep_their_place() -> None:
    images = np.zeros((2, 3, 28, 28), np.float32)
    images[1, 2, 0, 27] = 1  # the top right pixel of the bottom right image
    picture = tile(images)
    assert picture.shape == (56, 84)
    assert np.argwhere(picture).tolist() == [[28, 83]]
    file = io.BytesIO(base64.b64decode(picture_uri(picture).split(",")[1]))
    assert np.array_equal(np.asarray(Image.open(file)), picture * 255)


def test_a_transfer_sheet_has_its_margins_and_a_line_between() -> None:
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
