"""Every reader of files and of what people type meets mutated and hostile inputs: it reads them, or says in one of our
own sentences why not, within ten seconds and a gigabyte, and writes nothing outside its folder.

``WVAE_FUZZED`` is how many inputs there are in all, 200 unless it is said; ``make torture`` has 2,000.
"""

import io
import json
import os
import resource
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from wvae.benchmark_job import BenchmarkJob, BenchmarkRun
from wvae.benchmark_results import Row, read_result
from wvae.checkpoint import load_checkpoint, read_config, save_checkpoint
from wvae.download_job import DownloadJob
from wvae.errors import WvaeError
from wvae.jobs import read_job, read_status
from wvae.json_lines import read_lines
from wvae.latents import encode
from wvae.model import ModelConfig, build_model
from wvae.model_catalogue import add_model, list_models
from wvae.original_models import LAYERS, read_original_model
from wvae.own_digits import save_archive
from wvae.projection import _read as read_projection
from wvae.query import matching
from wvae.scorecard import clustering_lift, figures_of_merit
from wvae.selections import keep, kept
from wvae.sources import emnist, folder, load_digits, qmnist
from wvae.training import fit, read_snapshot
from wvae.training_config import TrainingConfig
from wvae.training_run import TrainingJob, TrainingRun, finished_message, read_metrics, read_training_job

SHIPPED = Path(__file__).parent.parent / "checkpoints/synthetic-10d"
INPUTS = int(os.environ.get("WVAE_FUZZED", "200"))
SECONDS = 10
LARGEST_GROWTH = 1_000_000
"""Kilobytes by which the memory of all tests of this file may grow."""

HOSTILE: list[Any] = [
    None, True, "", "x" * 200_000, "![x](http://x)", "\0", "../..", "/dev/zero", [], {}, [[]] * 1000, {"a": {"b": {}}},
    0, -1, 2**31, 2**63, 10**400, 1e308, -1e308, 0.5, "NaN", float("nan"), float("inf"), {"x" * 5000: 1},
]  # fmt: skip


class Reader(NamedTuple):
    """A reader of a file in a folder: how a good one looks, and what reads it; ``slow`` ones have fewer inputs."""

    name: str
    good: Callable[[], bytes]
    read: Callable[[Path], object]
    slow: int = 1


def picture(kind: str = "PNG") -> bytes:
    image = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(image).line([(30, 10), (32, 50)], fill=0, width=5)
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(file, kind, exif=exif)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/labels.csv", "file,digit,writer\nb.png,1,2\n")
        packed.writestr("a/b.png", picture())
    return file.getvalue()


def arrays(**named: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **named)
    return file.getvalue()


def original() -> bytes:
    sizes = {"le1": (4, 784), "ld1_a": (4, 2), "ld1_b": (4, 3), "ld2": (784, 4), "l_c": (10, 2)}
    sizes |= {f"le2_{kind}_{letter}": (n, 4) for kind in ("mu", "ln_var") for letter, n in (("a", 2), ("b", 3))}
    assert sizes.keys() == LAYERS.keys()
    weights = {f"{name}/W": np.full(size, 0.1, np.float32) for name, size in sizes.items()}
    return arrays(**weights, **{f"{name}/b": np.zeros(size[0], np.float32) for name, size in sizes.items()})


def matlab() -> bytes:
    half = {"images": np.zeros((3, 784), np.uint8), "labels": np.ones((3, 1), np.uint8), "writers": np.ones((3, 1))}
    file = io.BytesIO()
    scipy.io.savemat(file, {"dataset": {"train": half, "test": half}})
    return file.getvalue()


def images() -> bytes:
    return bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4) for n in (2, 28, 28)) + bytes(2 * 784)


def labels() -> bytes:
    return bytes([0, 0, 12, 2]) + b"".join(n.to_bytes(4) for n in (2, 8)) + bytes(64)


@cache
def checkpoint() -> dict[str, bytes]:
    """The files of a small trained model and of its state."""
    with tempfile.TemporaryDirectory() as home:
        model = build_model(ModelConfig(2, 3, hidden=4))
        record = json.loads((SHIPPED / "config.json").read_text())
        save_checkpoint(Path(home), model, {name: record[name] for name in ("preset", "data", "record", "figures")})
        fit(model, TrainingConfig(1), load_digits("synthetic:1"), state_folder=Path(home))
        return {path.name: path.read_bytes() for path in Path(home).iterdir()}


RUN = TrainingRun("article", ModelConfig(), TrainingConfig(), "synthetic:5")
CLUSTERING = BenchmarkRun("checkpoints/x", "synthetic", 4, 0, "disjoint", ("A",), ("k-means",), ("inductive",), 2)
ROW = Row("latent B", "k-means", "inductive", "disjoint", 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1.0, [0, 1])
EPOCH = {"epoch": 1, "stage": "autoencoder", "seconds": 1.0, "reconstruction": 100.0, "kl_a": 1.0}


def job(kind: str, settings: object) -> bytes:
    return json.dumps({"kind": kind, **asdict(settings)}).encode()  # type: ignore[call-overload]


def into(name: str, read: Callable[[Path], object], **beside: Callable[[], bytes]) -> Callable[[Path], object]:
    """A reader of the file of that name, among other good files."""

    def read_folder(path: Path) -> object:
        path.rename(path.with_name(name))
        for other, content in beside.items():
            path.with_name(other.replace("__", ".")).write_bytes(content())
        return read(path.parent)

    return read_folder


def use_checkpoint(home: Path) -> None:
    list_models(home.parent)
    read_training = suppress(WvaeError)
    with read_training:
        read_training_job(home)
    finished_message(home)
    figures_of_merit(read_config(home).get("figures", {}))
    encode(load_checkpoint(home), np.zeros((2, 28, 28), np.uint8))


def use_selection(path: Path) -> object:
    name = keep(path.parent, "synthetic", 0, np.arange(5))
    path.rename(path.parent / f"{name[1:]}.npz")
    return kept(path.parent, name, "synthetic", 0)


def use_idx(name: str, other: str, content: Callable[[], bytes]) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        raw = path.parent / "QMNIST/raw"
        raw.mkdir(parents=True)
        path.rename(raw / name)
        (raw / other).write_bytes(content())
        return qmnist.load("train", path.parent)

    return read


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


IMAGES, LABELS = "qmnist-train-images-idx3-ubyte", "qmnist-train-labels-idx2-int"
COLUMNS = dict.fromkeys(("digit", "A1"), lambda: np.arange(5.0))

READERS = [
    Reader(
        "config", lambda: checkpoint()["config.json"],
        into("config.json", use_checkpoint, model__safetensors=lambda: checkpoint()["model.safetensors"]),
    ),
    Reader("weights", lambda: checkpoint()["model.safetensors"], into("model.safetensors", use_checkpoint)),
    Reader("state", lambda: checkpoint()["state.safetensors"], into("state.safetensors", read_snapshot)),
    Reader("upload", lambda: checkpoint()["model.safetensors"],
           lambda path: add_model("a.safetensors", path.read_bytes(), path.parent / "new")),
    Reader("article", original, lambda path: read_original_model(path.rename(path.with_suffix(".npz")))),
    Reader("result", (SHIPPED / "benchmark.json").read_bytes, read_result, slow=2),
    Reader("lift", (SHIPPED / "benchmark.json").read_bytes, into("benchmark.json", clustering_lift), slow=2),
    Reader("status", lambda: b'{"state": "running", "message": "x", "done": 3, "total": 10, "epoch": 1}',
           into("status.json", lambda home: read_status(home).progress)),
    Reader("training", lambda: job("training", TrainingJob(RUN)), into("job.json", read_training_job)),
    Reader("benchmark", lambda: job("benchmark", BenchmarkJob(CLUSTERING)),
           into("job.json", lambda home: read_job(home, BenchmarkJob))),
    Reader("download", lambda: job("download", DownloadJob("qmnist:train")),
           into("job.json", lambda home: read_job(home, DownloadJob))),
    Reader("metrics", lambda: (json.dumps(EPOCH) + "\n").encode() * 3, into("metrics.jsonl", read_metrics)),
    Reader("rows", lambda: (json.dumps(asdict(ROW)) + "\n").encode() * 3, lambda path: read_lines(path, Row)),
    Reader("selection", lambda: arrays(source=np.array("synthetic"), version=np.array(0), rows=np.arange(5)),
           use_selection),
    Reader("projection", lambda: arrays(rows=np.arange(5), positions=np.zeros((5, 2), np.float32)),
           lambda path: read_projection(path, 9, 5)),
    Reader("labels", lambda: b"file,digit,writer\na.png,1,2\na.png,3,4\n",
           into("labels.csv", folder.load, a__png=picture)),
    Reader("png", picture, folder.read_picture),
    Reader("jpeg", lambda: picture("JPEG"), folder.read_picture),
    Reader("zip", archive, lambda path: save_archive(path.read_bytes(), "new", path.parent)),
    Reader("matlab", matlab, lambda path: emnist.load("train", path.parent, path), slow=5),
    Reader("images", images, use_idx(IMAGES, LABELS, labels)),
    Reader("idx labels", labels, use_idx(LABELS, IMAGES, images)),
    Reader("query", lambda: b"digit = 3 and (A1 > 2 or not digit in (1, 2))",
           lambda path: matching(text(path)[:1000], COLUMNS)),
    Reader("source", lambda: b"synthetic:3", lambda path: load_digits(text(path)[:1000], path.parent)),
]  # fmt: skip

places = st.floats(0, 1, exclude_max=True)
mutations = st.lists(
    st.tuples(st.sampled_from(["flip", "insert", "cut", "repeat", "truncate"]), places, st.binary(max_size=6)),
    min_size=1,
    max_size=5,
)
replacements = st.lists(st.tuples(places, st.sampled_from(HOSTILE)), min_size=1, max_size=3)


def mutated(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, added in changes:
        at = int(place * len(content))
        if kind == "flip" and content:
            content = content[:at] + bytes([content[at] ^ (added[0] if added else 0xFF)]) + content[at + 1 :]
        elif kind == "insert":
            content = content[:at] + added + content[at:]
        elif kind == "cut":
            content = content[:at] + content[at + 1 + len(added) * 8 :]
        elif kind == "repeat":
            content = content[:at] + content[at : at + 50] * 20 + content[at + 50 :]
        elif kind == "truncate":
            content = content[:at]
    return content


def replaced(content: bytes, changes: list[tuple[float, Any]]) -> bytes:
    """JSON in which values are replaced, at places in the order in which they are written."""
    value = json.loads(content)
    for place, hostile in changes:
        nodes = [(holder, key) for holder, key in _nodes(value) if not isinstance(holder, str)]
        if nodes:
            holder, key = nodes[int(place * len(nodes))]
            holder[key] = deepcopy(hostile)  # or a later change would put it into itself
    return json.dumps(value).encode()


def _nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value[:20]) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _nodes(inner)


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A folder in which a reader may write, and the check that it wrote nothing beside it."""
    home = Path(tempfile.mkdtemp())
    try:
        (home / "inside").mkdir()
        yield home / "inside"
        assert os.listdir(home) == ["inside"]
    finally:
        shutil.rmtree(home)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_reads_or_says_why_not(reader: Reader) -> None:
    good = reader.good()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(
        max_examples=max(2, INPUTS // len(READERS) // reader.slow),
        derandomize=True,
        database=None,
        deadline=SECONDS * 1000,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(mutations.map(lambda changes: mutated(good, changes)), *_structured(good)))
    def read(content: bytes) -> None:
        with folder_of_its_own() as home, suppress(WvaeError):
            (home / "input").write_bytes(content)
            reader.read(home / "input")

    with folder_of_its_own() as home:
        (home / "input").write_bytes(good)
        reader.read(home / "input")
    read()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < LARGEST_GROWTH


def _structured(good: bytes) -> list[st.SearchStrategy[bytes]]:
    """Of JSON also values that are hostile, where bytes alone would seldom make one."""
    try:
        json.loads(good)
    except ValueError:
        return []
    return [replacements.map(lambda changes: replaced(good, changes))]
