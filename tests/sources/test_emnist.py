import hashlib
import io
import os
import socket
import zipfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from wvae.errors import ConfigError, DataError
from wvae.sources import emnist

RNG = np.random.default_rng(0)
IMAGES = {
    "train": RNG.integers(0, 256, (30, 28, 28), dtype=np.uint8),
    "test": RNG.integers(0, 256, (8, 28, 28), np.uint8),
}
DIGITS = {part: RNG.integers(0, 10, len(images)) for part, images in IMAGES.items()}
WRITERS = {part: RNG.integers(0, 3600, len(images)) for part, images in IMAGES.items()}


def mat(**changes):
    """The bytes of a file in NIST's layout, with fields of both parts replaced, or left out for None."""
    dataset = {"mapping": np.column_stack([np.arange(10), np.arange(48, 58)])}
    for part, images in IMAGES.items():
        half = {
            "images": images.transpose(0, 2, 1).reshape(-1, 784),  # column by column
            "labels": DIGITS[part][:, None].astype(np.uint8),
            "writers": WRITERS[part][:, None].astype(np.int32),
            **changes,
        }
        dataset[part] = {name: value for name, value in half.items() if value is not None}
    file = io.BytesIO()
    scipy.io.savemat(file, {"dataset": dataset}, do_compression=True)
    return file.getvalue()


def archive(content, name="matlab/emnist-digits.mat"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("matlab/emnist-letters.mat", b"letters")
        members.writestr(name, content)
    return file.getvalue()


def check(digits, part):
    np.testing.assert_array_equal(digits.images, IMAGES[part])
    np.testing.assert_array_equal(digits.digits, DIGITS[part])
    np.testing.assert_array_equal(digits.writers, WRITERS[part])


@pytest.mark.parametrize("part", ["train", "test"])
def test_pictures_are_turned_upright_and_writers_kept(tmp_path, part):
    (tmp_path / "emnist-digits.mat").write_bytes(mat())
    assert emnist.present(tmp_path)
    check(emnist.load(part, tmp_path), part)


@pytest.mark.parametrize("name", ["matlab/emnist-digits.mat", "emnist-digits.mat"])
def test_the_digits_are_found_in_the_archive(tmp_path, name):
    (tmp_path / "matlab.zip").write_bytes(archive(mat(), name))
    assert emnist.present(tmp_path)
    check(emnist.load("train", tmp_path), "train")


@pytest.mark.parametrize(("name", "content"), [("mine.mat", mat()), ("mine.zip", archive(mat()))])
def test_a_file_of_ones_own(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    check(emnist.load("test", tmp_path / "nowhere", file), "test")


def test_a_single_image(tmp_path):
    fields = {"images": np.ones((1, 784), np.uint8), "labels": [[7]], "writers": [[3]]}
    (tmp_path / "emnist-digits.mat").write_bytes(mat(**fields))
    digits = emnist.load("train", tmp_path)
    assert (len(digits), digits.digits[0], digits.writers[0]) == (1, 7, 3)


def test_the_sample_holds_qmnists_digits(emnist_sample, tmp_path, qmnist):
    train, test = (emnist.load(part, tmp_path, emnist_sample) for part in ("train", "test"))
    assert (len(train), len(test)) == (20_839, 3_474)
    assert len(np.unique(train.writers)) == 220
    assert set(test.writers) <= set(train.writers)
    rows = {image.tobytes(): row for row, image in enumerate(qmnist.images)}
    matches = [rows.get(image.tobytes()) for image in train.images[:500]]
    assert None not in matches
    np.testing.assert_array_equal(qmnist.digits[matches], train.digits[:500])
    np.testing.assert_array_equal(qmnist.writers[matches], train.writers[:500])


def test_missing_digits_say_how_to_get_them(tmp_path):
    assert not emnist.present(tmp_path)
    with pytest.raises(
        DataError,
        match=r"emnist-digits\.mat is missing: fetch emnist:test, or name",
    ):
        emnist.load("test", tmp_path)


@pytest.mark.parametrize("act", [emnist.load, emnist.fetch])
def test_an_unknown_part_is_refused(tmp_path, act):
    with pytest.raises(ConfigError, match="EMNIST has no part 'letters': the known ones are emnist:train, emnist:test"):
        act("letters", tmp_path)


def test_a_file_without_writers_is_explained(tmp_path):
    (tmp_path / "emnist-digits.mat").write_bytes(mat(writers=None))
    with pytest.raises(DataError, match=r"has no writers: .*torchvision's, gzip, CSV"):
        emnist.load("train", tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": np.full((30, 1), 11)}, "digits must be 0 to 9"),
        ({"labels": np.zeros((29, 1))}, "digits must have one value for each of 30 images"),
        ({"images": np.zeros((30, 783), np.uint8)}, "cannot reshape"),
        ({"images": np.zeros((30, 784))}, "images must be uint8"),
        ({"images": None}, "images"),
    ],
)
def test_other_content_is_refused(tmp_path, changes, reason):
    (tmp_path / "emnist-digits.mat").write_bytes(mat(**changes))
    with pytest.raises(DataError, match=rf"emnist-digits\.mat does not hold EMNIST's digits \(.*{reason}"):
        emnist.load("train", tmp_path)


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.999])
@pytest.mark.parametrize(("name", "content"), [("emnist-digits.mat", mat()), ("matlab.zip", archive(mat()))])
def test_a_file_cut_short_is_named(tmp_path, name, content, share):
    (tmp_path / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=rf"{name} is damaged, cut short or not NIST's emnist-digits\.mat"):
        emnist.load("train", tmp_path)


@pytest.mark.parametrize("place", [321, 352, 353])
def test_a_changed_byte_ends_no_interpreter_but_its_own(tmp_path, place):
    """These make SciPy's reader break off with a signal."""
    half = {"images": np.zeros((3, 784), np.uint8), "labels": np.ones((3, 1), np.uint8), "writers": np.ones((3, 1))}
    file = io.BytesIO()
    scipy.io.savemat(file, {"dataset": {"train": half, "test": half}})
    changed = bytearray(file.getvalue())
    changed[place] ^= 0xFF
    (tmp_path / "mine.mat").write_bytes(changed)
    with pytest.raises(DataError, match="is damaged"):
        emnist.load("train", tmp_path, tmp_path / "mine.mat")


def test_a_small_file_of_many_pictures_takes_no_more_memory_than_there_is_for_it(tmp_path):
    fields = {"images": np.zeros((600_000, 784), np.uint8), "labels": np.zeros(1, np.uint8)}  # in both parts
    (tmp_path / "mine.mat").write_bytes(mat(**fields))
    with pytest.raises(DataError, match="is damaged"):
        emnist.load("train", tmp_path, tmp_path / "mine.mat")


def test_what_never_ends_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.mat")
    for path in (tmp_path / "pipe.mat", Path("/dev/zero"), tmp_path):
        with pytest.raises(DataError, match="is damaged"):
            emnist.load("train", tmp_path, path)


@pytest.mark.parametrize("content", [archive(b"", "matlab/emnist-byclass.mat"), archive(b"not a mat file")])
def test_an_archive_without_the_digits_is_named(tmp_path, content):
    (tmp_path / "matlab.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"matlab\.zip is damaged, cut short or not"):
        emnist.load("train", tmp_path)


@pytest.fixture
def closed_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/matlab.zip"


def test_only_the_digits_are_kept_of_a_fetched_archive(tmp_path, file_server, monkeypatch, closed_address):
    content = archive(mat())
    file_server.files["matlab.zip"] = content
    monkeypatch.setattr(emnist, "URLS", (closed_address, file_server.url("matlab.zip")))
    monkeypatch.setattr(emnist, "DIGEST", f"sha256:{hashlib.sha256(content).hexdigest()}")
    reports = []
    emnist.fetch("train", tmp_path, lambda *report: reports.append(report))
    assert reports[-1] == (len(content), len(content))
    assert [file.name for file in tmp_path.iterdir()] == ["emnist-digits.mat"]
    check(emnist.load("test", tmp_path), "test")
    emnist.fetch("test", tmp_path)
    assert len(file_server.seen) == 1  # both parts are in the one file


def test_when_no_address_answers_ones_own_file_is_suggested(tmp_path, monkeypatch, closed_address):
    monkeypatch.setattr(emnist, "URLS", (closed_address,))
    with pytest.raises(
        DataError, match=rf"could not be fetched \({closed_address}: .*name it instead: emnist:train:FILE"
    ):
        emnist.fetch("train", tmp_path)


def test_another_archive_than_the_published_one_is_refused(tmp_path, file_server, monkeypatch):
    file_server.files["matlab.zip"] = archive(mat())
    monkeypatch.setattr(emnist, "URLS", (file_server.url("matlab.zip"),))
    with pytest.raises(DataError, match="another file than the one published"):
        emnist.fetch("train", tmp_path)
    assert list(tmp_path.iterdir()) == []
