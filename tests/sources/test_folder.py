import io
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import maximum_filter

from wvae.errors import DataError
from wvae.sources import folder
from wvae.sources.folder import load, read_picture, to_mnist_form

LINES = ["file,digit,writer", "a.png,3,12", "b.jpg,0,7"]


def drawing(height=90, width=60):
    """A dark ring with a tail, as a person may draw a 9 on white."""
    y, x = np.mgrid[:height, :width]
    radius = np.hypot(y - 30, x - 28)
    ink = ((radius > 11) & (radius < 17)) | ((abs(x - 42) < 3) & (y > 30) & (y < 76))
    return Image.fromarray(np.where(ink, 30, 240).astype(np.uint8))


def scene(digit, rng, *, dark=True, noise=0.0, shade=0.0, ruled=0):
    """A digit 160 pixels high on a sheet of 300 x 200, off its middle; ``shade`` is the part of the light lost."""
    ink = np.zeros((200, 300))
    ink[20:180, 45:205] = np.asarray(Image.fromarray(digit).resize((160, 160), Image.Resampling.BICUBIC)) / 255
    sheet = np.full_like(ink, 230.0)
    if ruled:
        sheet[::25] -= ruled
    picture = sheet * (1 - 0.83 * ink) if dark else 255 - sheet * (1 - 0.83 * ink)
    y, x = np.mgrid[:200, :300]
    picture = picture * (1 - shade * (0.7 * x / 300 + 0.3 * (y / 200) ** 2)) + noise * rng.normal(size=ink.shape)
    return Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))


def difference(image, original):
    """Mean grey levels between two images, of 255, at the best shift by one pixel at most.

    The centre of mass falls between two pixels as often as not, and then a trace of grey decides
    to which it is rounded.
    """
    shifts = [np.roll(image, (down, right), (0, 1)).astype(int) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(abs(shifted - original).mean() for shifted in shifts)


@pytest.fixture
def pictures(tmp_path):
    drawing().save(tmp_path / "a.png")
    drawing(120, 100).save(tmp_path / "b.jpg")
    (tmp_path / "labels.csv").write_text("\n".join(LINES))
    return tmp_path


def test_a_folder_of_pictures_and_labels(pictures):
    digits = folder.load(pictures)
    assert (digits.images.shape, digits.images.dtype) == ((2, 28, 28), np.uint8)
    assert (list(digits.digits), list(digits.writers)) == ([3, 0], [12, 7])
    np.testing.assert_array_equal(digits.images[0], to_mnist_form(drawing()))


def test_what_spreadsheets_write_is_read(pictures):
    (pictures / "sub").mkdir()
    (pictures / "a.png").rename(pictures / "sub" / "ä, a.png")
    text = '\ufeffwriter , file, digit ,note\r\n 12,"sub/ä, a.png",3,x\r\n\r\n7,b.jpg, 0 ,\r\n'
    (pictures / "labels.csv").write_bytes(text.encode())
    digits = folder.load(pictures)
    assert (list(digits.digits), list(digits.writers)) == ([3, 0], [12, 7])


def test_mnists_own_images_come_back_almost_unchanged(qmnist):
    changes = []
    for image in qmnist.images[30:180]:  # the one before has dust beside its ink, which goes, and the digit grows
        for picture in (image, 255 - image):
            changes.append(difference(to_mnist_form(Image.fromarray(picture)), image))
    assert np.mean(changes) < 0.6
    assert max(changes) < 3


@pytest.mark.parametrize(
    ("look", "suffix", "mean"),
    [
        ({}, "png", 6),
        ({"dark": False}, "png", 6),
        ({}, "jpg", 6),
        ({"noise": 6, "shade": 0.5}, "jpg", 7),
        ({"noise": 15}, "jpg", 8),
        ({"noise": 4, "ruled": 25}, "png", 7),
    ],
)
def test_real_digits_come_back_from_a_photograph(qmnist, tmp_path, look, suffix, mean):
    # The scale: two digits differ by 40 levels, and a digit enlarged by interpolation and shrunk again by 3.
    rng = np.random.default_rng(0)
    differences, dirt = [], []
    for original in qmnist.images[30:60]:
        path = tmp_path / f"digit.{suffix}"
        scene(original, rng, **look).save(path)
        image = read_picture(path)
        differences.append(difference(image, original))
        dirt.append(image[maximum_filter(original, 7) == 0].max())
    assert np.mean(differences) < mean
    assert max(differences) < 14
    assert max(dirt) <= 8  # the background is black


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "CMYK", "1", "I;16"])
def test_every_kind_of_picture(mode):
    plain = drawing()
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(plain).astype(np.uint16) * 257)
    elif mode == "1":
        picture = plain.point(lambda grey: 255 * (grey > 128)).convert("1")
    else:
        picture = plain.convert(mode)
    assert difference(to_mnist_form(picture), to_mnist_form(plain)) < 1


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (40, 40, 160)])
def test_ink_on_a_transparent_background(colour):
    ink = np.asarray(drawing()) < 128
    picture = np.zeros((*ink.shape, 4), np.uint8)
    picture[ink] = (*colour, 255)
    assert difference(to_mnist_form(Image.fromarray(picture)), to_mnist_form(drawing())) < 1


def test_ink_on_a_grey_that_the_file_calls_transparent(tmp_path):
    ink = np.asarray(drawing()) < 128
    Image.fromarray(np.where(ink, 104, 100).astype(np.uint8)).save(tmp_path / "a.png", transparency=100)
    assert difference(read_picture(tmp_path / "a.png"), to_mnist_form(drawing())) < 1


def test_a_photograph_is_turned_as_its_camera_was_held(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    drawing().rotate(90, expand=True).save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert difference(read_picture(tmp_path / "a.jpg"), to_mnist_form(drawing())) < 2


@pytest.mark.parametrize("shape", [(400, 30), (30, 400), (60, 60), (5, 3)])
def test_ink_fits_20_by_20_with_its_centre_of_mass_in_the_middle(shape):
    page = np.full((shape[0] + 100, shape[1] + 120), 250, np.uint8)
    page[20 : 20 + shape[0], 90 : 90 + shape[1]] = 20
    image = to_mnist_form(Image.fromarray(page))
    rows, columns = np.nonzero(image >= 64)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert max(height, width) == 20
    assert min(height, width) == pytest.approx(20 * min(shape) / max(shape), abs=1)
    for axis in (0, 1):
        assert np.average(np.arange(28), weights=image.sum(axis=1 - axis, dtype=int)) == pytest.approx(14, abs=0.51)
    assert image.max() == 255


def test_heavy_ink_at_one_end_stays_inside():
    page = np.full((200, 200), 255, np.uint8)
    page[20:30, 20:180] = 0
    page[30:180, 20:22] = 0
    image = to_mnist_form(Image.fromarray(page))
    rows, columns = np.nonzero(image >= 32)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 20)


def test_a_speck_of_dust_does_not_count():
    page = np.asarray(drawing(200, 200)).copy()
    page[180:182, 180:182] = 0
    np.testing.assert_allclose(to_mnist_form(Image.fromarray(page)), to_mnist_form(drawing(200, 200)), atol=12)


def noise(shape, deviation):
    return np.clip(np.random.default_rng(0).normal(200, deviation, shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "page",
    [
        np.zeros((50, 50), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.tile(np.linspace(80, 200, 300).astype(np.uint8), (200, 1)),
        noise((200, 300), 8),
        noise((40, 40), 25),
        noise((2, 90), 25),
    ],
    ids=["black", "one pixel", "shade", "grain", "coarse grain", "a strip"],
)
def test_a_blank_picture_is_refused(page):
    with pytest.raises(DataError, match="the picture is blank: no ink stands out"):
        to_mnist_form(Image.fromarray(page))


def test_labels_must_be_there(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"labels\.csv is missing: write one with the columns file, digit, writer"):
            folder.load(path)


@pytest.mark.parametrize("column", ["file", "digit", "writer"])
def test_a_missing_column_is_named(pictures, column):
    (pictures / "labels.csv").write_text("\n".join(LINES).replace(column, "other"))
    with pytest.raises(DataError, match=rf"labels\.csv has no column {column}: its first line must name"):
        folder.load(pictures)


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_table_has_no_columns(pictures, text):
    (pictures / "labels.csv").write_text(text)
    with pytest.raises(DataError, match="has no column file"):
        folder.load(pictures)


def test_a_table_without_rows(pictures):
    (pictures / "labels.csv").write_text("file,digit,writer\n\n")
    with pytest.raises(DataError, match=r"labels\.csv has no rows: add one for each picture"):
        folder.load(pictures)


@pytest.mark.parametrize("content", ["file,digit,writer\nä.png,1,1".encode("latin-1"), "a,b".encode("utf-16")])
def test_a_table_in_another_encoding(pictures, content):
    (pictures / "labels.csv").write_bytes(content)
    with pytest.raises(
        DataError, match=r"labels\.csv is not a table of comma-separated values in UTF-8 .*: save it as one"
    ):
        folder.load(pictures)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("b.jpg,10,7", "digit must be a whole number from 0 to 9, not '10'"),
        ("b.jpg,-1,7", "digit must be .*, not '-1'"),
        ("b.jpg,1.0,7", r"digit must be .*, not '1\.0'"),
        ("b.jpg,²,7", "digit must be .*, not '²'"),
        ("b.jpg,,7", "digit must be .*, not ''"),
        ("b.jpg", "digit must be .*, not ''"),
        ("b.jpg,1,anna", "writer must be a whole number from 0 to 9223372036854775807, not 'anna'"),
        ("b.jpg,1,-1", "writer must be .*, not '-1'"),
        ("b.jpg,1,9223372036854775808", "writer must be .*, not '9223372036854775808'"),
        ("b.jpg,1," + "9" * 5000, "writer must be .*, not '9{30}'"),
        ("../b.jpg,1,7", r"file must be the path of a picture inside .*, not '\.\./b\.jpg'"),
        ("/etc/hostname,1,7", "file must be the path of a picture inside"),
        ("link.png,1,7", "file must be the path of a picture inside"),
        (",1,7", "file must be the path of a picture inside .*, not ''"),
        ("c.png,1,7", r"c\.png: there is no such file"),
        ("text.png,1,7", r"text\.png: this is not a PNG or JPEG picture, or it is damaged"),
        ("cut.png,1,7", r"cut\.png: this is not a PNG or JPEG picture, or it is damaged"),
        ("cut.jpg,1,7", r"cut\.jpg: this is not a PNG or JPEG picture, or it is damaged"),
        ("other.gif,1,7", r"other\.gif: this is not a PNG or JPEG picture, or it is damaged"),
        (".,1,7", r".*: this is not a PNG or JPEG picture, or it is damaged"),
        ("x" * 300 + ".png,1,7", r"x+\.png: this is not a PNG or JPEG picture, or it is damaged"),
        ("blank.png,1,7", r"blank\.png: the picture is blank"),
        ("huge.png,1,7", r"huge\.png: the picture is too large to be one digit: scale it down"),
    ],
)
def test_what_is_wrong_in_a_row_is_told_with_its_line(pictures, row, sentence):
    (pictures / "text.png").write_text("a picture")
    for suffix, name in (("png", "a.png"), ("jpg", "b.jpg")):
        content = (pictures / name).read_bytes()
        (pictures / f"cut.{suffix}").write_bytes(content[: len(content) // 2])
    drawing().save(pictures / "other.gif")
    Image.new("L", (50, 50), 255).save(pictures / "blank.png")
    (pictures / "huge.png").write_bytes(huge_png())
    drawing().save(pictures.parent / "outside.png")
    (pictures / "link.png").symlink_to(pictures.parent / "outside.png")
    (pictures / "labels.csv").write_text("\n".join([*LINES[:2], "", row]), encoding="utf-8")
    with pytest.raises(DataError, match=rf"labels\.csv, line 4: {sentence}") as error:
        folder.load(pictures)
    assert len(str(error.value)) < 700


def huge_png():
    """A PNG that says it is 30,000 pixels square."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0), b"IDAT" + zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


def test_an_upload_is_read_without_a_file_name():
    file = io.BytesIO()
    drawing().save(file, "PNG")
    file.seek(0)
    np.testing.assert_array_equal(read_picture(file), to_mnist_form(drawing()))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes((width + 1) * height), 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def test_a_picture_of_too_many_pixels_is_refused_by_its_head() -> None:
    content = png(8000, 8000)
    tracemalloc.start()
    with pytest.raises(DataError, match="too large to be one digit"):
        read_picture(io.BytesIO(content))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000


def test_a_damaged_exif_chunk_is_said() -> None:
    with pytest.raises(DataError, match=r"damaged|blank"):
        read_picture(io.BytesIO(png(40, 40, chunk(b"eXIf", b"MM\x00*\x00\x00\x00\x08\xff\xff" + b"\xff" * 40))))


@pytest.mark.parametrize("end", ["device", "pipe"])
def test_labels_and_pictures_that_never_end_are_refused(end: str, tmp_path: Path) -> None:
    def make(path: Path) -> None:
        os.mkfifo(path) if end == "pipe" else path.symlink_to("/dev/zero")

    make(tmp_path / "labels.csv")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "labels.csv").unlink()
    (tmp_path / "labels.csv").write_text("file,digit,writer\na.png,1,1\n")
    make(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"line 2"):
        load(tmp_path)


def test_links_that_go_in_circles_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to("b.png")
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "labels.csv").write_text("file,digit,writer\na.png,1,1\n")
    with pytest.raises(DataError, match="must be the path of a picture inside"):
        load(tmp_path)


def test_more_pictures_than_fit_in_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wvae.sources.labels.MOST_PICTURES", 3)
    (tmp_path / "labels.csv").write_text("file,digit,writer\n" + "a.png,1,1\n" * 4)
    with pytest.raises(DataError, match="names more than 3 pictures"):
        load(tmp_path)
