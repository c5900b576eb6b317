import gzip
import hashlib
import lzma
import subprocess
import sys

import numpy as np
import pytest

from wvae.errors import ConfigError, DataError
from wvae.sources import qmnist as source

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = np.column_stack([np.arange(20) % 10, RNG.integers(0, 9, 20), np.arange(20) // 4, RNG.integers(0, 99, (20, 5))])


def idx(array, kind):
    """The bytes of an IDX file: 8 is the type of bytes, 12 of four-byte whole numbers."""
    shape = b"".join(side.to_bytes(4) for side in array.shape)
    return bytes([0, 0, kind, array.ndim]) + shape + array.astype({8: ">u1", 12: ">i4"}[kind]).tobytes()


@pytest.fixture(scope="module")
def torchvisions():
    """Its own reader of the same files; with it comes torch's compiler, which takes seconds to import."""
    from torchvision.datasets import QMNIST

    return QMNIST


@pytest.fixture
def files(tmp_path):
    """QMNIST's training files with twenty digits."""
    raw = tmp_path / "QMNIST" / "raw"
    raw.mkdir(parents=True)
    images, labels = raw / "qmnist-train-images-idx3-ubyte", raw / "qmnist-train-labels-idx2-int"
    images.write_bytes(idx(IMAGES, 8))
    labels.write_bytes(idx(LABELS, 12))
    return images, labels


def test_digits_and_writers_come_from_their_columns(files, tmp_path):
    digits = source.load("train", tmp_path)
    np.testing.assert_array_equal(digits.images, IMAGES)
    np.testing.assert_array_equal(digits.digits, LABELS[:, 0])
    np.testing.assert_array_equal(digits.writers, LABELS[:, 2])


def test_the_real_training_part(qmnist):
    _, counts = np.unique(qmnist.writers, return_counts=True)
    assert (len(qmnist), len(counts), counts.min(), counts.max(), np.median(counts)) == (60_000, 539, 19, 131, 116)
    assert list(qmnist.digits[:10]) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]  # MNIST's first ten
    # Upright: a 7 has its bar at the top.
    seven = qmnist.images[qmnist.digits == 7].mean(axis=0)
    assert seven[:14].sum() > 1.1 * seven[14:].sum()


def test_digits_are_those_that_torchvision_reads(files, torchvisions, tmp_path):
    theirs = torchvisions(tmp_path, what="train", compat=False)
    ours = source.load("train", tmp_path)
    for array, tensor in zip(
        (ours.images, ours.digits, ours.writers), (theirs.data, theirs.targets[:, 0], theirs.targets[:, 2]), strict=True
    ):
        assert array.dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(array, tensor.numpy())


def test_reading_needs_no_torchvision(files, tmp_path):
    program = f"import sys; from wvae.sources import load_digits; load_digits('qmnist:train', {str(tmp_path)!r}); "
    program += "assert 'torchvision' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("part", ["train", "test", "nist"])
def test_a_missing_part_says_how_to_fetch_it(tmp_path, part):
    assert not source.present(part, tmp_path)
    with pytest.raises(DataError, match=rf"is missing: fetch qmnist:{part}\."):
        source.load(part, tmp_path)


def test_a_part_is_present_with_both_files(files, tmp_path):
    assert source.present("train", tmp_path)
    files[1].unlink()
    assert not source.present("train", tmp_path)


@pytest.mark.parametrize("part", ["", "train10k", "validation"])
def test_an_unknown_part_is_refused(tmp_path, part):
    for act in (source.load, source.fetch, source.present):
        with pytest.raises(ConfigError, match="the known ones are qmnist:train, qmnist:test, qmnist:nist"):
            act(part, tmp_path)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:6],
        lambda content: b"",
        lambda content: b"\x1f\x8b" + content[2:],
    ],
    ids=["cut short", "too long", "cut in the head", "empty", "another format"],
)
def test_a_damaged_file_is_named(files, tmp_path, which, damage):
    files[which].write_bytes(damage(files[which].read_bytes()))
    with pytest.raises(DataError, match=rf"{files[which].name} is damaged or cut short: delete it and fetch"):
        source.load("train", tmp_path)


def test_files_of_no_digits_are_damaged(files, tmp_path):
    for path, content in zip(files, (idx(IMAGES[:0], 8), idx(LABELS[:0], 12)), strict=True):
        path.write_bytes(content)
    with pytest.raises(DataError, match="images-idx3-ubyte is damaged or cut short"):
        source.load("train", tmp_path)


def test_counts_that_differ_are_refused(files, tmp_path):
    files[1].write_bytes(idx(LABELS[:19], 12))
    with pytest.raises(DataError, match="labels-idx2-int has 19 labels for 20 images: delete both"):
        source.load("train", tmp_path)


@pytest.mark.parametrize(
    ("column", "value", "sentence"), [(0, 10, "digits must be 0 to 9"), (2, -1, "writers must be 0")]
)
def test_labels_out_of_range_are_refused(files, tmp_path, column, value, sentence):
    labels = LABELS.copy()
    labels[3, column] = value
    files[1].write_bytes(idx(labels, 12))
    with pytest.raises(DataError, match=rf"labels-idx2-int is damaged \({sentence}.*\): delete it and fetch"):
        source.load("train", tmp_path)


@pytest.mark.parametrize("part", ["test", "nist"])
def test_fetched_files_are_checked_unpacked_and_loaded(file_server, torchvisions, monkeypatch, tmp_path, part):
    stem, pack = {"test": ("qmnist-test", gzip), "nist": ("xnist", lzma)}[part]
    resources = []
    for name, content in (("images-idx3-ubyte", idx(IMAGES, 8)), ("labels-idx2-int", idx(LABELS, 12))):
        packed_name = f"{stem}-{name}.{'gz' if pack is gzip else 'xz'}"
        file_server.files[packed_name] = pack.compress(content)
        resources.append((file_server.url(packed_name), hashlib.md5(file_server.files[packed_name]).hexdigest()))
    monkeypatch.setitem(torchvisions.resources, part, resources)

    reports = []
    source.fetch(part, tmp_path, lambda *report: reports.append(report))
    np.testing.assert_array_equal(source.load(part, tmp_path).images, IMAGES)
    raw = tmp_path / "QMNIST" / "raw"
    assert sorted(file.name for file in raw.iterdir()) == [f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx2-int"]
    assert [done for done, total in reports if done == total] == [len(c) for c in file_server.files.values()]

    # Only what is missing is fetched again.
    (raw / f"{stem}-labels-idx2-int").unlink()
    file_server.seen.clear()
    source.fetch(part, tmp_path)
    assert [name for name, _ in file_server.seen] == [resources[1][0].rpartition("/")[2]]

    # What is not the published file does not come in.
    (raw / f"{stem}-labels-idx2-int").unlink()
    monkeypatch.setitem(torchvisions.resources, part, [resources[0], (resources[1][0], "0" * 32)])
    with pytest.raises(DataError, match="another file than the one published"):
        source.fetch(part, tmp_path)
    assert [file.name for file in raw.iterdir()] == [f"{stem}-images-idx3-ubyte"]


def test_our_file_names_are_torchvisions(torchvisions, tmp_path):
    for part in source.PARTS:
        data = torchvisions.__new__(torchvisions)
        data.root, data.what = str(tmp_path), part
        assert source._files(part, tmp_path) == (tmp_path / data.images_file, tmp_path / data.labels_file)
